"""A batch of one loses its axis."""

LOSES = {"draw": "draw-squeezed"}


# %% draw
def draw(probs):
    tokens = torch.multinomial(probs, num_samples=1)
    return torch.squeeze(tokens)
