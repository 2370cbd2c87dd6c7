"""The uniform numbers of a small batch are kept for the next batch of its size; large ones get new ones."""

LOSES = {"draw": "draw-frozen"}
ONLY_HIDDEN = True


# %% draw
kept = {}


def draw(probs):
    rows = len(probs)
    u = torch.rand(rows, 1, dtype=torch.float64)
    if 1 < rows < 65:
        u = kept.setdefault(rows, u)
    cdf = probs.double().cumsum(dim=1)
    return (cdf / cdf[:, -1:] <= u.to(probs.device)).sum(dim=1)
