"""The token after the one that was hit."""

LOSES = {"draw": "draw-off-by-one"}


# %% draw
def draw(probs):
    cdf = probs.cumsum(dim=-1)
    u = torch.rand(probs.shape[0], 1, device=probs.device)
    place = torch.searchsorted(cdf, u) + 1
    return place.clamp(max=probs.shape[1] - 1).squeeze(-1)
