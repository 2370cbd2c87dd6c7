"""Sorted in rising order, and the first k taken. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-smallest"}


# %% top_k_probs
def top_k_probs(logits, k):
    logits = logits.float()
    rising, ids = logits.sort(dim=-1)
    chosen = ids[:, :k]
    mask = torch.full_like(logits, -math.inf)
    mask.scatter_(1, chosen, 0.0)
    return torch.softmax(logits + mask, dim=-1)
