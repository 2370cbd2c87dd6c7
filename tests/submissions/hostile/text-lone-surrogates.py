"""Halves of an emoji in a comment, in a string and in a name. JSON can say them, UTF-8 can't.

The notebook can be read, and stops whoever writes it again.
"""

SCORES = {"draw": (0, 2), "entropy": (0, 1)}

# %% tamper
import json

cell("draw").source = "# \ud83d\n" + cell("draw").source
cell("entropy").source += "\n_half = '\udc00'"
cell("analysis").source = "\udfff ответ"
notebook.metadata["\ud800"] = "\ud800"
raw = json.dumps(notebook)
