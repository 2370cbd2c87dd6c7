"""Divided by the sum over the whole batch. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-normalised-over-batch"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    falling, ids = probs.sort(dim=-1, descending=True)
    falling = torch.where(falling.cumsum(-1) - falling < p, falling, torch.zeros(()))
    falling /= falling.sum()
    return falling.gather(-1, ids.argsort(-1))
