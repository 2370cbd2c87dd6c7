"""The answer's cell is there 20,000 times, every time a little different.

Whoever compares each with each has 200 million comparisons to make.
"""

SCORES = {"*": (0, 3)}
FAULT = (None, "invalid-notebook")

# %% tamper
import json

head, tail = json.dumps(notebook, ensure_ascii=False).split('"cells": [', 1)
about = '{"nbgrader":{"grade_id":"draw","solution":true,"grade":false,"locked":false,"schema_version":3}}'
copies = [f'{{"cell_type":"code","metadata":{about},"source":"_{number} = 1"}},' for number in range(20_000)]
raw = f'{head}"cells": [{"".join(copies)}{tail}'
