"""All tokens equally often."""

LOSES = {"draw": "draw-uniform"}


# %% draw
def draw(probs):
    return torch.randint(0, probs.shape[-1], (probs.shape[0],), device=probs.device)
