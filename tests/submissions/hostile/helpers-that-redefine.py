"""Cells of the student's own that give other meanings to what the set-up, the answers and the tests use.

In Jupyter a later cell may redefine anything, and so may a helper that is run before the answers.
"""

SCORES = {"*": (0, 3), "draw": 0, "entropy": 0}


# %% entropy
def entropy(probs):
    return checks.right_entropy(probs)


# %% draw
def draw(probs):
    return cases.right_draw(probs)


# %% tamper
from nbformat.v4 import new_code_cell

notebook.cells.append(
    new_code_cell(
        "class cases:\n    grade_draw = grade_entropy = right_draw = staticmethod(lambda *a: None)\n\n\n"
        "class checks(cases):\n    check_draw = check_entropy = right_entropy = cases.grade_draw\n\n\n"
        "def print(*args):\n    pass\n\n\nNone_ = isinstance = len = math = None\n"
    )
)
