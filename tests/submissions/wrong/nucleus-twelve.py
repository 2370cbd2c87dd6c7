"""The nucleus is looked for among twelve tokens, which is enough for all examples of the task."""

LOSES = {"nucleus_probs": "nucleus-few-candidates"}
ONLY_HIDDEN = True


# %% nucleus_probs
def nucleus_probs(probs, p):
    falling, ids = probs.sort(dim=-1, descending=True)
    kept = (falling.cumsum(dim=-1) - falling < p) | (p == 1)
    kept[:, 12:] = False
    masses = torch.where(kept, falling, torch.zeros_like(falling))
    return torch.zeros_like(probs).scatter(-1, ids, masses / masses.sum(dim=-1, keepdim=True))
