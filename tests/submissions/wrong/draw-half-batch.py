"""Random numbers are drawn for the first half of the batch, and the second half gets the same ones."""

LOSES = {"draw": "draw-shared-numbers"}
ONLY_HIDDEN = True


# %% draw
def draw(probs):
    half = torch.rand(len(probs) - len(probs) // 2, 1, dtype=torch.float64)
    u = torch.cat([half, half])[: len(probs)].to(probs.device)
    cdf = probs.double().cumsum(dim=1)
    return (cdf / cdf[:, -1:] <= u).sum(dim=1)
