"""Ones for the tokens of the nucleus. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-mask"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    falling, ids = probs.sort(dim=-1, descending=True)
    answer = torch.zeros_like(probs)
    for b, row in enumerate(falling):
        mass = 0.0
        for i, q in enumerate(row.tolist()):
            if q > 0 and (mass < p or p == 1):
                answer[b, ids[b, i]] = 1
            mass += q
    return answer
