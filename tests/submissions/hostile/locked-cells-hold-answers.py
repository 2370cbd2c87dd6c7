"""Cheating code stands in locked test cells and in locked instructions; the answers themselves are empty.

What a locked cell holds is not the student's to say; whoever runs it runs more than the answers.
"""

SCORES = {"temperature_probs": 0, "entropy": 0}

# %% temperature_probs
# nothing

# %% entropy
# nothing

# %% tamper
cell("test_temperature_probs").source = "def temperature_probs(z, t):\n    return torch.softmax(z.float() / t, -1)\n"
cell("test_entropy").source = "def entropy(p):\n    return -torch.xlogy(p, p).sum(-1)\n"
