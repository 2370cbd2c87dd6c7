"""Cells that are null, numbers, texts and lists; cells without a type, a source or metadata, among right ones.

Code that takes a dictionary for granted stops with an error.
"""

SCORES = {"*": (0, 3)}
FAULT = (None, "invalid-notebook")

# %% tamper
import json

plain = json.loads(json.dumps(notebook))
odd = [None, 1, "code", [], {}, {"cell_type": "code"}, {"cell_type": None, "source": None, "metadata": None}]
odd += [{"cell_type": "code", "source": 1, "metadata": []}, {"cell_type": "code", "metadata": {"nbgrader": 1}}]
odd += [{"cell_type": "poem", "source": ["a", 1, None], "metadata": {"nbgrader": {"grade_id": ["draw"]}}}]
plain["cells"] = odd + plain["cells"] + odd
plain["metadata"] = None
raw = json.dumps(plain)
