"""The masses are added up in bfloat16, to save memory; the probabilities themselves are not touched."""

LOSES = {"nucleus_probs": "nucleus-half-precision"}
ONLY_HIDDEN = True


# %% nucleus_probs
def nucleus_probs(probs, p):
    q, order = torch.sort(probs, descending=True, dim=-1)
    mass = torch.cumsum(q.to(torch.bfloat16), dim=-1).float()
    outside = (mass - q >= p) & (p < 1)
    outside[:, 0] = False
    q = q.masked_fill(outside, 0.0)
    return torch.zeros_like(q).scatter(-1, order, q / q.sum(-1, keepdim=True))
