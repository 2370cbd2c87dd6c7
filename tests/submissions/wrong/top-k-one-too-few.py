"""k - 1 tokens are left, at least one. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-one-too-few"}


# %% top_k_probs
def top_k_probs(logits, k):
    probs = torch.softmax(logits.float(), dim=-1)
    falling, ids = torch.sort(probs, dim=-1, descending=True)
    falling[:, max(k - 1, 1) :] = 0
    probs = torch.zeros_like(probs).scatter(1, ids, falling)
    return probs / probs.sum(dim=1, keepdim=True)
