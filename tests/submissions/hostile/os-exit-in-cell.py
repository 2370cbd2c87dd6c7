"""Ends the process while the cell is run, before anything is defined.

With nbgrader the kernel is dead, and so are the other six tasks.
"""

SCORES = {"entropy": 0}
FAULT = "crash"

# %% entropy
import os

os._exit(0)
