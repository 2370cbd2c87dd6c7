"""The source of one answer is a number, of another a dictionary, of a third a list with holes.

A source is a text, or a list of texts; another thing is no answer.
"""

SCORES = {"draw": 0, "entropy": 0, "*": (0, 3)}
FAULT = (None, "invalid-notebook")

# %% tamper
import json

plain = json.loads(json.dumps(notebook))
odd = {"draw": 1, "entropy": {"def": "entropy"}, "top_k_probs": [None, "def top_k_probs(z, k): return z", 3]}
for one in plain["cells"]:
    name = one["metadata"].get("nbgrader", {}).get("grade_id")
    if name in odd:
        one["source"] = odd[name]
raw = json.dumps(plain)
