"""A notebook that was cut off in the middle of a line.

nbgrader stops at it with an error about JSON.
"""

SCORES = {"*": 0}
FAULT = "invalid-notebook"

# %% tamper
import json

raw = json.dumps(notebook, ensure_ascii=False)[:20_000]
