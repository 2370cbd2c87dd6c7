"""Closes every open descriptor, so that no reply can come any more.

Whoever waits for a reply with no end in sight waits for ever.
"""

SCORES = {"draw": 0}
FAULT = ("crash", "timeout")


# %% draw
def draw(probs):
    import os

    os.closerange(0, 4096)
    return torch.multinomial(probs, num_samples=1).squeeze(-1)
