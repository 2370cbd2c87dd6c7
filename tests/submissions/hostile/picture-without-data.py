"""The free-text answer shows a picture that is not attached to it.

nbconvert stops at it, and the formgrader has an error instead of the page.
"""

# %% [markdown] analysis
# Всё видно на графике: ![image.png](attachment:lost.png)
