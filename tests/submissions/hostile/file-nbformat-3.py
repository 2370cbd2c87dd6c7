"""A right notebook in the format of 2014, as old tools still write it.

nbgrader refuses it and asks to update it first.
"""

# %% tamper
import json

import nbformat

raw = json.dumps(nbformat.convert(notebook, 3), ensure_ascii=False)
