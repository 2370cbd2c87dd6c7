"""NaN is replaced after the sum, and takes the whole row with it. Only this task is wrong."""

LOSES = {"entropy": "entropy-nan-row-zeroed"}


# %% entropy
def entropy(probs):
    values = -torch.einsum("bv,bv->b", probs, probs.log())
    values[torch.isnan(values)] = 0.0
    return values
