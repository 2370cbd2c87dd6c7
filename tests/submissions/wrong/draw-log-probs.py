"""multinomial is given logarithms, which are negative."""

LOSES = {"draw": "draw-log-probs"}


# %% draw
def draw(probs):
    log_probs = torch.log(probs + 1e-9)
    return torch.multinomial(log_probs, num_samples=1).squeeze(1)
