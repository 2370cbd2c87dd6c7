"""A notebook whose format is a text, true, and a number with a fraction, with worksheets as well as cells.

Code that compares versions stops with an error.
"""

SCORES = {"*": (0, 3)}
FAULT = (None, "invalid-notebook")

# %% tamper
import json

text = json.dumps(notebook, ensure_ascii=False)
raw = text[: text.rindex('"nbformat": 4')] + '"nbformat": "4.5", "nbformat": true, "worksheets": [{"cells": 1}], '
raw += '"nbformat_minor": -0.5}'
