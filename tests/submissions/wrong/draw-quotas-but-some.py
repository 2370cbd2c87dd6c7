"""A comb of numbers, dealt out in a random order, and then every fortieth row draws once more."""

LOSES = {"draw": "draw-quotas"}
ONLY_HIDDEN = True


# %% draw
def draw(probs):
    rows = len(probs)
    u = (torch.arange(rows) + torch.rand(1, dtype=torch.float64)) / rows
    u = u[torch.randperm(rows)]
    again = torch.randperm(rows)[: rows // 40]
    u[again] = torch.rand(len(again), dtype=torch.float64)
    cdf = probs.double().cumsum(dim=1)
    return (cdf / cdf[:, -1:] <= u[:, None].to(probs.device)).sum(dim=1)
