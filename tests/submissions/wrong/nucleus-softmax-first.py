"""The input is taken for logits. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-softmax-first"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    probs = torch.softmax(probs, dim=-1)
    falling, ids = probs.sort(dim=-1, descending=True)
    falling[falling.cumsum(dim=-1) - falling >= p] = 0
    kept = torch.zeros_like(probs).scatter(-1, ids, falling)
    return kept / kept.sum(dim=-1, keepdim=True)
