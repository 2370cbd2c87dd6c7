"""Helper functions of the student's own whose default values, decorators and class bodies end the process.

A definition runs code as well: its decorators and defaults, before anybody calls it.
"""

SCORES = {"*": (0, 3)}
FAULT = (None, "crash", "timeout")

# %% tamper
from nbformat.v4 import new_code_cell

for source in (
    "import os",
    "def first(x=os._exit(0)):\n    return x",
    "@os._exit\ndef second():\n    pass",
    "class Third:\n    os.abort()",
    "class Fourth:\n    while True:\n        pass",
):
    notebook.cells.insert(2, new_code_cell(source))
