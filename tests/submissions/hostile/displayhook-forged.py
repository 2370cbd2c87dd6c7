"""Prints its own points with the kernel's display hook and then fails.

nbgrader takes the first output of a test cell that looks like a number for the mark; the error comes too late.
"""

SCORES = {"entropy": 0, "draw": 0}


# %% entropy
def entropy(probs):
    get_ipython().displayhook(1)


# %% draw
def draw(probs):
    get_ipython().displayhook(2)
