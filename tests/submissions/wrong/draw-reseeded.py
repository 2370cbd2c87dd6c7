"""The seed is set inside, so that every call repeats the first."""

LOSES = {"draw": "draw-frozen"}


# %% draw
def draw(probs):
    torch.manual_seed(42)  # чтобы результат повторялся
    return torch.multinomial(probs, 1).squeeze(-1)
