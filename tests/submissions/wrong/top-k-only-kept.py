"""Only k probabilities a row come back. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-only-kept"}


# %% top_k_probs
def top_k_probs(logits, k):
    probs = torch.softmax(logits.float(), dim=-1)
    best, ids = probs.topk(min(k, probs.shape[-1]), dim=-1)
    return best / best.sum(dim=-1, keepdim=True)
