"""A loop without an end in an answer.

With nbgrader the test runs until the time is up.
"""

SCORES = {"nucleus_probs": 0}
FAULT = "timeout"


# %% nucleus_probs
def nucleus_probs(probs, p):
    mass = 0.0
    while mass < p:
        mass += 0.0
    return probs
