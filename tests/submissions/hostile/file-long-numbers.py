"""A right notebook with a number of 15 million digits in its metadata, and some hundred thousand smaller ones.

Numbers of any length are allowed in JSON, and to make one of 15 million digits takes hours.
"""

# %% tamper
import json

text = json.dumps(notebook, ensure_ascii=False)
raw = f'{text[:-1]}, "long": {"7" * 9_000_000}, "point": 0.{"3" * 5_000_000}, "many": [{"1e309," * 300_000}0]}}'
