"""The best k are found among probabilities, and then a softmax is taken of those. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-softmax-twice"}


# %% top_k_probs
def top_k_probs(logits, k):
    probs = torch.softmax(logits.float(), dim=-1)
    best, ids = probs.topk(min(k, probs.shape[-1]))
    kept = torch.full_like(probs, -math.inf)
    kept.scatter_(1, ids, best)
    return torch.softmax(kept, dim=-1)
