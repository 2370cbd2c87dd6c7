"""Logarithm of the expected probability. Only this task is wrong."""

LOSES = {"entropy": "entropy-collision"}


# %% entropy
def entropy(probs):
    expected = torch.einsum("bv,bv->b", probs, probs)
    return -torch.log(expected)
