"""The uniform numbers are drawn once and used for ever."""

LOSES = {"draw": "draw-frozen"}


# %% draw
uniform = {}


def draw(probs):
    if len(probs) not in uniform:
        uniform[len(probs)] = torch.rand(len(probs), 1)
    cdf = probs.cumsum(dim=1)
    return (cdf < uniform[len(probs)].to(probs.device)).sum(dim=1).clamp(max=probs.shape[1] - 1)
