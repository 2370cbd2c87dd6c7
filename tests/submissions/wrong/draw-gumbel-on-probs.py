"""Gumbel noise is added to probabilities instead of their logarithms."""

LOSES = {"draw": "draw-softmax-again"}


# %% draw
def draw(probs):
    gumbel = torch.distributions.Gumbel(0, 1).sample(probs.shape).to(probs.device)
    return (probs + gumbel).argmax(dim=1)
