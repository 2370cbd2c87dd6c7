"""All tokens of the nucleus alike. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-uniform"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    answer = torch.zeros_like(probs)
    for row, out in zip(probs, answer, strict=False):
        falling, ids = row[row > 0].sort(descending=True)[0], row.argsort(descending=True)
        size = int((falling.cumsum(0) - falling < p).sum())
        out[ids[:size]] = 1 / size
    return answer
