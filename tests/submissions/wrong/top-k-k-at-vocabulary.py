"""The (k + 1)-th logit is the border, and where there is none, the last is taken for it. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-k-at-vocabulary"}


# %% top_k_probs
def top_k_probs(logits, k):
    logits = logits.float()
    falling, _ = torch.sort(logits, descending=True)
    last = min(k, logits.shape[1] - 1)
    return logits.masked_fill(~(logits > falling[:, last : last + 1]), -math.inf).softmax(1)
