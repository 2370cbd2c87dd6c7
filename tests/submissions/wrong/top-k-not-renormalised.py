"""Probabilities outside the best k become 0, and that is all. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-not-renormalised"}


# %% top_k_probs
def top_k_probs(logits, k):
    probs = torch.softmax(logits.float(), dim=-1)
    border = probs.topk(min(k, probs.shape[-1])).values[:, -1:]
    return torch.where(probs >= border, probs, torch.zeros_like(probs))
