"""Answers of 10^9 numbers that take no memory here (an expanded scalar), and lists of a million tensors.

Whoever copies them in order to look at them is out of memory.
"""

SCORES = {"entropy": 0, "draw": 0, "generate": 0}
FAULT = (None, "memory", "output", "crash", "timeout")


# %% entropy
def entropy(probs):
    return torch.zeros(1).expand(10**9)


# %% draw
def draw(probs):
    return torch.zeros(1, dtype=torch.int64).expand(len(probs), 2**20, 2**20)


# %% generate
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    nested = []
    for _ in range(10_000):
        nested = [nested]
    return nested, [torch.zeros(1)] * 1_000_000
