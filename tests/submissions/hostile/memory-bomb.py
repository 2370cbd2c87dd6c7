"""Fills memory in steps of 256 MB, up to 12 GB, and doesn't take an exception for an answer.

A notebook that fills the machine's memory brings down whoever is unlucky.
"""

SCORES = {"entropy": 0}
FAULT = ("memory", "crash")


# %% entropy
def entropy(probs):
    hoard = []
    for _ in range(48):
        hoard.append(torch.ones(2**26))
    return torch.zeros(len(probs))
