"""A list of Python numbers."""

LOSES = {"draw": "draw-list"}


# %% draw
def draw(probs):
    return [torch.multinomial(row, 1).item() for row in probs]
