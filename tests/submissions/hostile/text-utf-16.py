"""A right notebook in UTF-16, as some editors save it.

It is JSON, and not the encoding of a notebook.
"""

SCORES = {"*": 0}
FAULT = "invalid-notebook"

# %% tamper
import json

raw = json.dumps(notebook, ensure_ascii=False).encode("utf-16")
