"""Tokens with a probability of at least p. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-threshold"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    rows = []
    for row in probs.tolist():
        kept = [q if q >= p else 0.0 for q in row]
        if not any(kept):
            kept[row.index(max(row))] = 1.0
        rows.append(kept)
    rows = torch.tensor(rows, device=probs.device)
    return rows / rows.sum(dim=-1, keepdim=True)
