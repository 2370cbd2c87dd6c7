"""A generator of its own, which torch.manual_seed does not reach."""

LOSES = {"draw": "draw-other-generator"}


# %% draw
generator = torch.Generator().manual_seed(1)


def draw(probs):
    return torch.multinomial(probs.cpu(), 1, generator=generator).squeeze(1).to(probs.device)
