"""multinomial is given -log p, so that the rare is frequent."""

LOSES = {"draw": "draw-log-probs"}


# %% draw
def draw(probs):
    return torch.multinomial(-probs.clamp_min(1e-10).log(), 1).view(-1)
