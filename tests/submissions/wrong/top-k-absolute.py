"""The largest in absolute value. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-absolute"}


# %% top_k_probs
def top_k_probs(logits, k):
    rows = []
    for row in logits.float():
        ids = sorted(range(len(row)), key=lambda i: row[i].item() ** 2, reverse=True)[:k]
        kept = torch.full_like(row, -math.inf)
        kept[ids] = row[ids]
        rows.append(torch.softmax(kept, dim=0))
    return torch.stack(rows)
