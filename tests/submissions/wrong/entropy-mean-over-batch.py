"""One mean for the whole batch. Only this task is wrong."""

LOSES = {"entropy": "entropy-mean-over-batch"}


# %% entropy
def entropy(probs):
    values = [torch.distributions.Categorical(probs=row).entropy() for row in probs]
    return torch.stack(values).mean()
