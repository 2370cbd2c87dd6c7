"""Cells of the student's own with 60,000 assignments, each of which might be a helper of an answer.

Each of them is a statement to be looked at, kept and run before the answers.
"""

SCORES = {"*": (0, 3)}
FAULT = (None, "timeout", "output", "memory")

# %% tamper
from nbformat.v4 import new_code_cell

for _ in range(3):
    notebook.cells.append(new_code_cell("a=1\n" * 20_000))
