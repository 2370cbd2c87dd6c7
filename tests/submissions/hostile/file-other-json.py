"""Well-formed JSON that is no notebook: a list, in which the word "cells" stands.

Code that takes a dictionary for granted stops with an error.
"""

SCORES = {"*": 0}
FAULT = "invalid-notebook"

# %% tamper
raw = '["cells", {"cells": [{"cell_type": "code"}]}, 1e999, null]'
