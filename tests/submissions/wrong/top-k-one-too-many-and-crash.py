"""Two mistakes at once: k + 1 tokens, and an error when k reaches the vocabulary. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-one-too-many"}


# %% top_k_probs
def top_k_probs(logits, k):
    best, ids = logits.float().topk(k + 1, dim=-1)
    return torch.zeros(logits.shape, device=logits.device).scatter(-1, ids, torch.softmax(best, dim=-1))
