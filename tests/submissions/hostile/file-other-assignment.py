"""The notebook of another assignment, with answers of other names.

nbgrader finds none of its cells, or adds all of them.
"""

SCORES = {"*": 0}
FAULT = "invalid-notebook"

# %% tamper
from nbformat.v4 import new_code_cell, new_markdown_cell

about = {"grade": False, "locked": False, "schema_version": 3, "solution": True, "task": False}
notebook.cells = [
    new_markdown_cell("# Another homework"),
    new_code_cell("def forward(x):\n    return x", metadata={"nbgrader": {**about, "grade_id": "forward"}}),
    new_code_cell("assert forward(1) == 1"),
]
