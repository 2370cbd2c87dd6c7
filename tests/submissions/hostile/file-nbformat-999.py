"""A right notebook that says it is of format 999.

nbformat refuses what is newer than itself.
"""

SCORES = {"*": (0, 3)}
FAULT = (None, "invalid-notebook")

# %% tamper
notebook.nbformat, notebook.nbformat_minor = 999, 10**40
