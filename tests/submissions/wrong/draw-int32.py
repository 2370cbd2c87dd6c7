"""Tokens of the wrong integer type."""

LOSES = {"draw": "draw-int32"}


# %% draw
def draw(probs):
    return torch.distributions.Categorical(probs).sample().to(torch.int32)
