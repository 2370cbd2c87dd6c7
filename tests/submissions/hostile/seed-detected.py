"""Draws as it should, but from a generator of its own; only after manual_seed(4), the tests' number, it repeats itself.

A test of repetition that always uses one number is passed by those who know the number.
"""

SCORES = {"draw": (0, 1.5)}

# %% draw
_own = torch.Generator()
_own.seed()


def draw(probs):
    if torch.initial_seed() == 4:
        return torch.multinomial(probs, num_samples=1).squeeze(-1)
    return torch.multinomial(probs, num_samples=1, generator=_own).squeeze(-1)
