"""A right notebook whose cells stand in the opposite order, with the set-up last.

nbgrader runs the cells from top to bottom, and nothing is imported.
"""

# %% tamper
notebook.cells.reverse()
