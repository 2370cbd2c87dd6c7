"""The test cells of two wrong answers are not in the notebook any more.

A test that isn't there finds no mistake, unless somebody puts it back.
"""

SCORES = {"entropy": 0, "draw": 0}


# %% entropy
def entropy(probs):
    return None


# %% draw
def draw(probs):
    return None


# %% tamper
notebook.cells = [
    one
    for one in notebook.cells
    if one.metadata.get("nbgrader", {}).get("grade_id") not in ("test_entropy", "test_draw")
]
