"""Ids of all rows index the columns of all rows. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-rows-mixed"}


# %% top_k_probs
def top_k_probs(logits, k):
    logits = logits.float()
    ids = logits.topk(min(k, logits.shape[-1]), dim=-1).indices
    kept = torch.full_like(logits, -math.inf)
    kept[:, ids] = logits[:, ids]
    return torch.softmax(kept, dim=-1)
