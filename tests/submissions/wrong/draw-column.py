"""The dimension that multinomial adds is kept."""

LOSES = {"draw": "draw-column"}


# %% draw
def draw(probs):
    return probs.multinomial(1)
