"""Only logits above the k-th are kept, so the k-th itself goes. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-strict-threshold"}


# %% top_k_probs
def top_k_probs(logits, k):
    logits = logits.float()
    best = torch.topk(logits, min(k, logits.size(-1))).values
    border = best[:, -1].unsqueeze(-1)
    return torch.where(logits > border, logits, torch.tensor(-math.inf)).softmax(-1)
