"""Answers in Latin-1, which isn't the encoding of a notebook.

Code that reads UTF-8 stops at the first letter with an accent.
"""

SCORES = {"*": 0}
FAULT = "invalid-notebook"

# %% tamper
import json

cell("draw").source = "# d\xe9j\xe0 vu\n" + cell("draw").source
raw = json.dumps(notebook, ensure_ascii=False).encode("latin-1", "replace")
