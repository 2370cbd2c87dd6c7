"""All tokens are drawn from the first row."""

LOSES = {"draw": "draw-first-row"}


# %% draw
def draw(probs):
    return torch.multinomial(probs[0], probs.shape[0], replacement=True)
