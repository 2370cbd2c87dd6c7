"""A right notebook in which NaN, Infinity and numbers of 5,000 digits stand where numbers may stand.

Python's parser takes them, others don't, and a text of 5,000 digits can't be turned into an int.
"""

# %% tamper
import json

text = json.dumps(notebook, ensure_ascii=False)
raw = text.replace('"execution_count": null', '"execution_count": NaN').replace(
    '"points": 2', f'"points": {"9" * 5000}, "more": -Infinity, "less": 1e99999'
)
