"""Meta, sparse, quantised and complex tensors, and one of a nested layout, in place of plain ones.

None of them is what was asked for, and a grader that copies them without a look may crash.
"""

SCORES = {
    "temperature_probs": (0, 2),
    "top_k_probs": 0,
    "nucleus_probs": 0,
    "entropy": 0,
    "draw": 0,
}
FAULT = (None, "crash")


# %% temperature_probs
def temperature_probs(logits, temp):
    return torch.softmax(logits.float() / temp, dim=-1).to_sparse()  # the values are right


# %% top_k_probs
def top_k_probs(logits, k):
    return torch.empty(logits.shape, device="meta")


# %% nucleus_probs
def nucleus_probs(probs, p):
    return torch.complex(probs.float(), torch.zeros_like(probs.float()))


# %% entropy
def entropy(probs):
    return torch.quantize_per_tensor(probs.sum(-1), 0.1, 0, torch.quint8)


# %% draw
def draw(probs):
    return torch.nested.nested_tensor([torch.zeros(1), torch.zeros(2)])
