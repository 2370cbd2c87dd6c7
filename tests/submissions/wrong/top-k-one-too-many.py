"""Counted from the end of the sorted row, one step too far. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-one-too-many"}


# %% top_k_probs
def top_k_probs(logits, k):
    logits = logits.float()
    order = logits.argsort(dim=-1, descending=True)
    answer = torch.zeros_like(logits)
    for b in range(len(logits)):
        ids = [order[b, i].item() for i in range(logits.shape[1]) if i <= k]
        answer[b, ids] = torch.softmax(logits[b, ids], dim=0)
    return answer
