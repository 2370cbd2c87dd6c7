"""Writes 300 MB to stderr, past Python, straight to the descriptor.

A limit on what Python prints doesn't see it.
"""

SCORES = {"draw": 0}
FAULT = "output"


# %% draw
def draw(probs):
    import os

    for _ in range(300):
        os.write(2, b"x" * 2**20)
    return torch.multinomial(probs, num_samples=1).squeeze(-1)
