"""A loop without an end in a cell, before anything is defined.

With nbgrader the cell runs until the time is up, and then the next one.
"""

SCORES = {"entropy": 0}
FAULT = "timeout"

# %% entropy
while True:
    pass
