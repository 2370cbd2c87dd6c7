"""Two different answers under one grade_id, the wrong one last. In Jupyter the last definition counts.

With nbgrader a grade_id that is there twice stops the marking, of this notebook at least.
"""

SCORES = {"draw": 0}

# %% tamper
import copy

twin = copy.deepcopy(cell("draw"))
twin.id, twin.source = "twin", "def draw(probs):\n    return torch.zeros(len(probs), dtype=torch.int64)"
notebook.cells.insert(notebook.cells.index(cell("draw")) + 1, twin)
