"""Every object has its keys twice: which of the two counts depends on who reads.

One program checks the first source, and another runs the second.
"""

SCORES = {"*": (0, 3), "draw": 0}
FAULT = (None, "invalid-notebook")

# %% tamper
import json

wrong = json.dumps("def draw(probs):\n    return torch.zeros(len(probs), dtype=torch.int64)")
right = json.dumps(cell("draw").source)
text = json.dumps(notebook)
raw = text.replace(f'"source": {right}', f'"source": {right}, "source": {wrong}')
