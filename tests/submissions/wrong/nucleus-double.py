"""float64 goes in at the start and is never left. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-double"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    falling, ids = probs.double().sort(dim=-1, descending=True)
    inside = (falling.cumsum(dim=-1) - falling < p) | (p == 1)
    kept = torch.zeros_like(falling).scatter(-1, ids, falling * inside)
    return kept / kept.sum(dim=-1, keepdim=True)
