"""exp of the entropy. Only this task is wrong."""

LOSES = {"entropy": "entropy-perplexity"}


# %% entropy
def entropy(probs):
    result = 1.0
    for column in probs.t():
        result = result * column.clamp(min=1e-30) ** (-column)
    return result
