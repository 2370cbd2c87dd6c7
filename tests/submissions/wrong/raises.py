"""One answer stops with an error. Only that task is lost."""

LOSES = {"entropy": "raises-error"}


# %% entropy
def entropy(probs):
    return -(probs * math.log(probs)).sum(dim=-1)  # math.log takes no tensor
