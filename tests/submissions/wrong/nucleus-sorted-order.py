"""The nucleus comes back sorted. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-sorted-order"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    rows = []
    for row in probs.tolist():
        kept, mass = [], 0.0
        for q in sorted(row, reverse=True):
            kept.append(q if mass < p else 0.0)
            mass += q
        rows.append(kept)
    rows = torch.tensor(rows, device=probs.device)
    return rows / rows.sum(dim=1, keepdim=True)
