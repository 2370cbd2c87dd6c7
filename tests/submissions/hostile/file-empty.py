"""A file without a byte.

nbgrader stops at it with an error about JSON.
"""

SCORES = {"*": 0}
FAULT = "invalid-notebook"

# %% tamper
raw = b""
