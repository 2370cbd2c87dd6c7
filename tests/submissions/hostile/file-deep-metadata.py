"""A right notebook; its metadata are lists within lists, not too deep for the parser, too deep for a copy of them.

What parses isn't always what can be copied, compared or written.
"""

SCORES = {"*": (0, 3)}
FAULT = (None, "invalid-notebook")

# %% tamper
import json

deep = "[" * 900 + "]" * 900
raw = json.dumps(notebook, ensure_ascii=False).replace('"kernelspec":', f'"deep": {deep}, "kernelspec":', 1)
raw = raw.replace('"nbgrader":', f'"deep": {deep}, "nbgrader":')
