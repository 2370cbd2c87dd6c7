"""One minus of the Gumbel noise is lost."""

LOSES = {"draw": "draw-wrong-noise"}


# %% draw
def draw(probs):
    u = torch.rand_like(probs)
    noise = torch.log(-torch.log(u))
    return torch.argmax(probs.log() + noise, dim=-1)
