"""Tokens are put into a tensor of floats."""

LOSES = {"draw": "draw-float"}


# %% draw
def draw(probs):
    tokens = torch.zeros(len(probs))
    for b in range(len(probs)):
        tokens[b] = torch.multinomial(probs[b], 1).item()
    return tokens
