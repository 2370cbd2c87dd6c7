"""The empty cell stands before a copy of it that holds the right answer. Nothing wrong: a slip of the mouse.

With nbgrader a grade_id that is there twice stops the marking, of this notebook at least.
"""

# %% tamper
import copy

twin = copy.deepcopy(cell("nucleus_probs"))
twin.id, twin.source = "twin", released("nucleus_probs")
notebook.cells.insert(notebook.cells.index(cell("nucleus_probs")), twin)
