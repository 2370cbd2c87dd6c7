"""A picture pasted into the free-text answer, as JupyterLab keeps it. The student is honest and keeps all points.

Of a cell only its text is taken, so the picture is left out, and both sides are told.
"""

# %% [markdown] analysis
# Чем выше температура, тем ровнее распределение: ![image.png](attachment:2f4c.png)

# %% tamper
pixel = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
cell("analysis").attachments = {"2f4c.png": {"image/gif": pixel}}
