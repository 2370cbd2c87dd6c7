"""A generator with a fixed seed is made anew in every call."""

LOSES = {"draw": "draw-frozen"}


# %% draw
def draw(probs):
    generator = torch.Generator(device=probs.device).manual_seed(0)
    u = torch.rand(len(probs), 1, generator=generator, device=probs.device)
    return torch.searchsorted(probs.cumsum(1), u).squeeze(1).clamp(max=probs.shape[1] - 1)
