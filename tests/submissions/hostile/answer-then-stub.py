"""A right answer is followed by a copy of the empty cell, with the same grade_id. Nothing wrong: a slip of the mouse.

With nbgrader a grade_id that is there twice stops the marking, of this notebook at least.
"""

# %% tamper
import copy

twin = copy.deepcopy(cell("draw"))
twin.id = "twin"
twin.source = released("draw")
notebook.cells.insert(notebook.cells.index(cell("draw")) + 1, twin)
