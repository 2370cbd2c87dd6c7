"""Every answer has nearly as many bytes as one may have, each byte a number of its own.

Who keeps all answers for a diagnosis, and compares them as double-precision numbers, needs gigabytes.
"""

SCORES = {"temperature_probs": 0, "Sampler": 0, "generate": 0}


# %% temperature_probs
def temperature_probs(logits, temp):
    return torch.zeros(2_000_000, dtype=torch.uint8)


# %% Sampler
class Sampler:
    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        pass

    def sample(self, logits):
        return torch.zeros(990_000, dtype=torch.uint8), torch.zeros(990_000, dtype=torch.uint8)


# %% generate
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    return torch.full((n_samples, 2_000_000 // n_samples), start_id, dtype=torch.uint8), 1.0
