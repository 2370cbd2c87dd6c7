"""Every kept token gets 1 / k. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-uniform"}


# %% top_k_probs
def top_k_probs(logits, k):
    k = min(k, logits.shape[-1])
    ids = logits.float().topk(k).indices
    return torch.zeros(logits.shape, device=logits.device).scatter(1, ids, 1 / k)
