"""A locked test cell is there twice, the copy with points of its own.

nbgrader refuses a notebook with one grade_id twice; a grader that sums up cells would pay double.
"""

SCORES = {"draw": 0}


# %% draw
def draw(probs):
    return None


# %% tamper
import copy

twin = copy.deepcopy(cell("test_draw"))
twin.id, twin.source = "twin", "2"
twin.metadata.nbgrader.points = 100
notebook.cells.insert(notebook.cells.index(cell("test_draw")), twin)
