"""Probabilities are multiplied by uniform numbers, and the largest wins."""

LOSES = {"draw": "draw-wrong-noise"}


# %% draw
def draw(probs):
    return (probs * torch.rand_like(probs)).argmax(dim=1)
