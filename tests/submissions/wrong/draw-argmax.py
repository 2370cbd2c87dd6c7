"""The most probable token, always."""

LOSES = {"draw": "draw-argmax"}


# %% draw
def draw(probs):
    values, tokens = probs.max(dim=-1)
    return tokens
