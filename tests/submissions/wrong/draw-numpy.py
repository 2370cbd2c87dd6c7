"""An array of NumPy."""

LOSES = {"draw": "draw-numpy"}


# %% draw
def draw(probs):
    return torch.multinomial(probs, 1).squeeze(1).cpu().numpy()
