"""The best k * B logits of the whole batch. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-over-batch"}


# %% top_k_probs
def top_k_probs(logits, k):
    flat = logits.float().reshape(-1)
    count = min(k * logits.shape[0], flat.numel())
    border = flat.sort(descending=True).values[count - 1]
    kept = [[z if z >= border else -math.inf for z in row] for row in logits.float()]
    return torch.softmax(torch.tensor(kept, device=logits.device), dim=1)
