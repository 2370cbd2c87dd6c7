"""Right answers whose cells have lost nbgrader's metadata, as a copy into a new notebook leaves them.

nbgrader sees no answers, adds its tests at the end and finds nothing to be tested.
"""

# %% tamper
for one in notebook.cells:
    one.metadata.pop("nbgrader", None)
