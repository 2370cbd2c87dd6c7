"""All tokens of non-zero probability equally often."""

LOSES = {"draw": "draw-uniform-over-possible"}


# %% draw
def draw(probs):
    tokens = []
    for row in probs:
        possible = row.nonzero().flatten()
        tokens.append(possible[torch.randint(len(possible), (1,))])
    return torch.cat(tokens)
