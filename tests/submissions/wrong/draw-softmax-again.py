"""Probabilities are taken for logits."""

LOSES = {"draw": "draw-softmax-again"}


# %% draw
def draw(probs):
    return torch.distributions.Categorical(logits=probs).sample()
