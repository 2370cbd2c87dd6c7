"""2e-4 is added against log(0): nothing with eight tokens, a sixth of the mass with a thousand impossible ones."""

LOSES = {"draw": "draw-leaks"}
ONLY_HIDDEN = True


# %% draw
def draw(probs):
    scores = torch.log(probs + 2e-4)
    return torch.distributions.Categorical(logits=scores).sample()
