"""Rows of zeros and ones."""

LOSES = {"draw": "draw-one-hot"}


# %% draw
def draw(probs):
    return torch.distributions.Multinomial(1, probs).sample()
