"""A cell of the student's own with a chain of 900 `elif`, each of which may make a name known.

Every `elif` is an `if` within the one before: whoever walks down by calling himself gets no further than a thousand.
"""

# %% tamper
from nbformat.v4 import new_code_cell

notebook.cells.append(new_code_cell("if 0:\n    LIMIT = 0\n" + "elif 0:\n    LIMIT = 1\n" * 900))
