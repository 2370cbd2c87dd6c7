"""One uniform number for the whole batch."""

LOSES = {"draw": "draw-one-number"}


# %% draw
def draw(probs):
    u = torch.rand(1, device=probs.device)
    cdf = probs.cumsum(dim=1)
    return (cdf < u).sum(dim=1).clamp(max=probs.shape[1] - 1)
