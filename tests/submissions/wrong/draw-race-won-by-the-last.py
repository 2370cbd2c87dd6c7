"""In the exponential race the slowest wins."""

LOSES = {"draw": "draw-noise-sign"}


# %% draw
def draw(probs):
    clocks = torch.empty_like(probs).exponential_()
    return (clocks / probs).argmax(dim=-1)
