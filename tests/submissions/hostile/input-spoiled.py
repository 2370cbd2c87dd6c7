"""Right answers, but what they were given is overwritten, shrunk, or moved to other memory afterwards.

If the test computes the right answer from the same tensor later, anything is right.
"""

SCORES = {"temperature_probs": (1, 1.5), "top_k_probs": (1, 1.5), "entropy": (0.5, 0.75)}


# %% temperature_probs
def temperature_probs(logits, temp):
    probs = torch.softmax(logits.float() / temp, dim=-1)
    logits.zero_()
    return probs


# %% top_k_probs
def top_k_probs(logits, k):
    wide = logits.float()
    best, ids = wide.topk(min(k, wide.shape[-1]), dim=-1)
    probs = torch.softmax(torch.full_like(wide, -math.inf).scatter(-1, ids, best), dim=-1)
    logits.resize_(0)
    return probs


# %% entropy
def entropy(probs):
    answer = -torch.xlogy(probs, probs).sum(dim=-1)
    probs.data = torch.ones(3, 3)
    return answer
