"""Probabilities are given to torch.distributions as logits. Only this task is wrong."""

LOSES = {"entropy": "entropy-softmax-first"}


# %% entropy
def entropy(probs):
    return torch.distributions.Categorical(logits=probs).entropy()
