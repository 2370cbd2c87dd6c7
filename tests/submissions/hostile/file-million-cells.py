"""A notebook of 300,000 empty cells around a right answer.

Work for each pair of cells is 90 billion steps.
"""

SCORES = {"*": (0, 3)}
FAULT = (None, "invalid-notebook")

# %% tamper
import json

head, tail = json.dumps(notebook, ensure_ascii=False).split('"cells": [', 1)
one = '{"cell_type":"code","source":"","metadata":{}},'
raw = f'{head}"cells": [{one * 300_000}{tail}'
