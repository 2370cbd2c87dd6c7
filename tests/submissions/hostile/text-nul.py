"""NULs and other control characters in the sources of two answers.

Python refuses a source with a NUL, with another kind of exception than for a slip.
"""

SCORES = {"draw": 0, "entropy": (0, 1)}

# %% tamper
cell("draw").source += "\n\x00"
cell("entropy").source += "\n# \x1b[2J \x7f \x01"
