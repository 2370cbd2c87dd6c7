"""The answers in the format of 2011, in which cells have no metadata, so that only their text says whose they are.

nbgrader refuses it and asks to update it first.
"""

SCORES = {"*": (0, 3)}
FAULT = (None, "invalid-notebook")

# %% tamper
import json

cells = [
    {"cell_type": "code", "language": "python", "input": one.source, "outputs": [], "collapsed": False}
    for one in notebook.cells
    if one.cell_type == "code"
]
raw = json.dumps({"nbformat": 2, "metadata": {"name": "hw"}, "worksheets": [{"cells": cells}]}, ensure_ascii=False)
