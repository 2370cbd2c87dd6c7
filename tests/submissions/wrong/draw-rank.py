"""The place in the sorted row is returned for the token."""

LOSES = {"draw": "draw-rank"}


# %% draw
def draw(probs):
    falling, _ = probs.sort(dim=1, descending=True)
    cdf = falling.double().cumsum(dim=1)
    u = torch.rand(len(probs), 1, dtype=torch.float64, device=probs.device) * cdf[:, -1:]
    return (cdf <= u).sum(dim=1)
