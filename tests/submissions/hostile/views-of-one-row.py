"""Right answers that return a column or a slice of something larger, also for a batch of one row. Nothing wrong at all.

A tensor with one row is contiguous whatever its strides say, and code that copies raw memory may not expect that.
"""


# %% temperature_probs
def temperature_probs(logits, temp):
    probs = torch.softmax(logits.float() / temp, dim=-1)
    return torch.stack([probs, probs], dim=-1)[..., 1]


# %% entropy
def entropy(probs):
    wide = torch.zeros(len(probs), 5)
    wide[:, 3] = -torch.xlogy(probs, probs).sum(dim=-1)
    return wide[:, 3]


# %% draw
def draw(probs):
    return torch.multinomial(probs, 1).expand(-1, 7).contiguous()[:, 2]
