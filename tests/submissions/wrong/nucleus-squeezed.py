"""A stray squeeze: a batch of one row loses its axis. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-squeezed"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    falling, ids = probs.squeeze().sort(dim=-1, descending=True)
    inside = (falling.cumsum(dim=-1) - falling < p) | (p == 1)
    kept = torch.zeros_like(falling).scatter(-1, ids, falling * inside)
    return kept / kept.sum(dim=-1, keepdim=True)
