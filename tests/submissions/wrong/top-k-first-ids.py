"""The first k columns, as if the vocabulary were sorted. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-first-ids"}


# %% top_k_probs
def top_k_probs(logits, k):
    logits = logits.float().clone()
    logits[:, k:] = -math.inf
    return torch.softmax(logits, dim=-1)
