"""Right answers whose memory is laid out oddly: transposed, expanded, with an offset, negated, with a gradient.

A view is a tensor like any other; a grader that copies raw memory would read somebody else's numbers.
"""


# %% temperature_probs
def temperature_probs(logits, temp):
    probs = torch.softmax(logits.float() / temp, dim=-1)
    return probs.t().contiguous().t().requires_grad_()


# %% top_k_probs
def top_k_probs(logits, k):
    logits = logits.float()
    best, ids = logits.topk(min(k, logits.shape[-1]), dim=-1)
    kept = torch.full_like(logits, -math.inf).scatter(-1, ids, best)
    padded = torch.full((logits.shape[0] * 2, logits.shape[1] * 3), math.nan)
    padded[::2, 1::3] = torch.softmax(kept, dim=-1)
    return padded[::2, 1::3]


# %% entropy
def entropy(probs):
    return torch._neg_view(torch.xlogy(probs, probs).sum(dim=-1))  # the sign is only a flag


# %% draw
def draw(probs):
    tokens = torch.multinomial(probs, 1)
    return tokens.expand(-1, 4).as_strided((len(probs),), (1,))


# %% nucleus_probs
def nucleus_probs(probs, p):
    falling, ids = probs.sort(dim=-1, descending=True)
    inside = (falling.cumsum(dim=-1) - falling < p) | (p == 1)
    kept = torch.zeros_like(probs).scatter(-1, ids, falling * inside)
    kept = kept / kept.sum(dim=-1, keepdim=True)
    return torch.complex(kept, torch.full_like(kept, math.nan)).real
