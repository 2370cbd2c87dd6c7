"""Generators, coroutines, lists that hold themselves and sequences without an end, in place of an answer.

To walk through what a student returned is to run the student's code once more.
"""

SCORES = {"temperature_probs": 0, "entropy": 0, "draw": 0, "Sampler": 0, "generate": 0}
FAULT = (None, "timeout", "memory", "output", "crash")


# %% temperature_probs
def temperature_probs(logits, temp):
    while True:
        yield logits


# %% entropy
async def entropy(probs):
    return probs


# %% draw
class _Endless(list):
    __len__ = lambda self: 1
    __getitem__ = lambda self, place: self

    def __iter__(self):
        while True:
            yield 0


def draw(probs):
    return _Endless([1])


# %% Sampler
class Sampler:
    def __init__(self, **settings):
        pass

    def sample(self, logits):
        pair = []
        pair += [pair, pair]
        return pair


# %% generate
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    return range(10**15), iter(int, 1)
