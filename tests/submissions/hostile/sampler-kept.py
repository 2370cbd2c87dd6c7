"""Keeps the model and the sampler that `generate` is given, and asks them at other times, also from a thread.

They live in the grader: whoever may ask them may hope to learn something that is not meant for him.
"""

SCORES = {"generate": (0, 2), "*": (0, 3)}
FAULT = (None, "crash", "timeout")

# %% generate
import threading
import time

_kept = []


def _ask():
    while True:
        time.sleep(0.001)
        for model, sampler in list(_kept):
            try:
                sampler.sample(model(torch.zeros(1, 1, dtype=torch.int64))[0][:, -1])
            except Exception:
                continue


def generate(model, sampler, n_samples, start_id, end_id, max_length):
    _kept.append((model, sampler))
    if len(_kept) == 2:
        threading.Thread(target=_ask, daemon=True).start()
    return torch.full((n_samples, 1), start_id), 0.0
