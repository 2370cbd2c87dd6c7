"""A table of 700 random numbers is made in every call; longer batches go round it once more."""

LOSES = {"draw": "draw-shared-numbers"}
ONLY_HIDDEN = True


# %% draw
def draw(probs):
    table = torch.rand(700, dtype=torch.float64)
    u = table[torch.arange(len(probs)) % 700].unsqueeze(1).to(probs.device)
    cdf = probs.double().cumsum(dim=1)
    return (cdf / cdf[:, -1:] <= u).sum(dim=1)
