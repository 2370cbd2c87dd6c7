"""Every call takes almost as long as one call may, in four of the tasks.

No single call is too slow, but the grading would take the whole day.
"""

SCORES = {"*": (0, 3)}
FAULT = (None, "timeout")

# %% temperature_probs
import time


def _pause():
    time.sleep(1.5)


def temperature_probs(logits, temp):
    _pause()
    return torch.softmax(logits.float() / temp, dim=-1)


# %% top_k_probs
def top_k_probs(logits, k):
    _pause()
    return torch.zeros_like(logits.float())


# %% nucleus_probs
def nucleus_probs(probs, p):
    _pause()
    return probs


# %% entropy
def entropy(probs):
    _pause()
    return -torch.xlogy(probs, probs).sum(dim=-1)
