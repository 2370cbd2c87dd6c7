"""Equal logits count as one. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-distinct-values"}


# %% top_k_probs
def top_k_probs(logits, k):
    rows = []
    for row in logits.float().tolist():
        best = sorted(set(row), reverse=True)[:k]
        rows.append([z if z in best else -math.inf for z in row])
    return torch.softmax(torch.tensor(rows, device=logits.device), dim=-1)
