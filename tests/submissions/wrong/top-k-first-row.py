"""The border of the first row cuts all rows. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-first-row"}


# %% top_k_probs
def top_k_probs(logits, k):
    logits = logits.float()
    best = logits[0].sort(descending=True).values
    border = best[min(k, len(best)) - 1]
    logits = logits.masked_fill(logits < border, -math.inf)
    return torch.softmax(logits, dim=-1)
