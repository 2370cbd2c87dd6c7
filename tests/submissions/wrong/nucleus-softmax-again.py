"""A softmax in place of the division. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-softmax-again"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    answer = torch.zeros_like(probs)
    for row, out in zip(probs, answer, strict=False):
        falling, ids = row.sort(descending=True)
        size = max(1, int((falling.cumsum(0) - falling < p).sum()))
        out[ids[:size]] = torch.softmax(falling[:size], dim=0)
    return answer
