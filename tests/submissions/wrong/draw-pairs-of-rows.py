"""Neighbours share a number, but not the first and the second: the second and the third, and so on."""

LOSES = {"draw": "draw-shared-numbers"}
ONLY_HIDDEN = True


# %% draw
def draw(probs):
    pairs = torch.rand(len(probs) // 2 + 1, dtype=torch.float64).repeat_interleave(2)
    u = pairs[1 : len(probs) + 1, None].to(probs.device)
    cdf = probs.double().cumsum(dim=1)
    return (cdf / cdf[:, -1:] <= u).sum(dim=1)
