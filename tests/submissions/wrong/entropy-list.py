"""A list of numbers. Only this task is wrong."""

LOSES = {"entropy": "wrong-type"}


# %% entropy
def entropy(probs):
    return [-sum(q * math.log(q) for q in row if q) for row in probs.tolist()]
