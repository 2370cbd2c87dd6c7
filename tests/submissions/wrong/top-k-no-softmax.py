"""Masked logits come back. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-no-softmax"}


# %% top_k_probs
def top_k_probs(logits, k):
    logits = logits.float()
    border = logits.topk(min(k, logits.shape[-1])).values[..., -1, None]
    return torch.where(logits < border, torch.full_like(logits, -math.inf), logits)
