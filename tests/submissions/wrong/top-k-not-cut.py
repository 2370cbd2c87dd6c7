"""The result of masked_fill is dropped. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-not-cut"}


# %% top_k_probs
def top_k_probs(logits, k):
    logits = logits.float()
    border = logits.topk(min(k, logits.shape[-1])).values[:, -1:]
    logits.masked_fill(logits < border, -math.inf)
    return torch.softmax(logits, dim=-1)
