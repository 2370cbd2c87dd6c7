"""Right numbers in falling order, not at their ids. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-sorted-order"}


# %% top_k_probs
def top_k_probs(logits, k):
    probs = torch.softmax(logits.float(), dim=-1)
    falling = torch.sort(probs, dim=-1, descending=True).values
    falling[:, k:] = 0
    return falling / falling.sum(dim=-1, keepdim=True)
