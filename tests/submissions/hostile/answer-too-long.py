"""An answer of 5 MB: a table of everything that it could be asked.

nbgrader keeps it, shows it, and sends it to the kernel.
"""

SCORES = {"draw": 0}
FAULT = (None, "memory")

# %% tamper
cell("draw").source += "\n_table = [" + "0.12345678, " * 400_000 + "]"
