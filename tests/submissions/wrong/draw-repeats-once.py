"""Only the first call after a seed depends on it; the numbers of later ones come from the system."""

LOSES = {"draw": "draw-other-generator"}


# %% draw
import random

system = random.SystemRandom()
seeds = []


def draw(probs):
    if seeds[-1:] == [torch.initial_seed()]:
        generator = torch.Generator().manual_seed(system.getrandbits(60))
        return torch.multinomial(probs.cpu(), 1, generator=generator).squeeze(1).to(probs.device)
    seeds.append(torch.initial_seed())
    return torch.multinomial(probs, 1).squeeze(1)
