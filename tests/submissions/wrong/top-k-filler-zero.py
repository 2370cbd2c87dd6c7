"""Logits are multiplied by the mask. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-filler-zero"}


# %% top_k_probs
def top_k_probs(logits, k):
    logits = logits.float()
    ids = logits.topk(min(k, logits.shape[1])).indices
    mask = torch.zeros_like(logits)
    for b, row in enumerate(ids):
        mask[b, row] = 1
    return torch.softmax(logits * mask, dim=-1)
