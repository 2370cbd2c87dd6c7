"""One comb of numbers, shuffled, wherever the tokens of a row are not all equally likely."""

LOSES = {"draw": "draw-quotas"}


# %% draw
def draw(probs):
    rows = len(probs)
    u = torch.rand(rows, dtype=torch.float64)
    if (probs.amax(dim=1) - probs.amin(dim=1)).max() > 1e-4:
        u = (torch.randperm(rows) + torch.rand(1, dtype=torch.float64)) / rows
    cdf = probs.double().cumsum(dim=1)
    return torch.searchsorted(cdf / cdf[:, -1:], u[:, None].to(probs.device), right=True)[:, 0]
