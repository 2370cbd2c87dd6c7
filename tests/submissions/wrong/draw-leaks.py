"""A small number is added to all probabilities, and zeros get it too."""

LOSES = {"draw": "draw-leaks"}


# %% draw
def draw(probs):
    probs = probs + 0.003
    return torch.multinomial(probs, 1).squeeze(1)
