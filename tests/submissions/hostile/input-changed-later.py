"""A right answer; a thread keeps turning the input to NaN after the call has returned.

If the reference is computed from the same tensor afterwards, it is computed from NaN. Every call starts a thread, so a
slow machine may reach the limit of threads while Sampler is drawn from.
"""

SCORES = {"entropy": (0.5, 1), "temperature_probs": (1, 2), "Sampler": (0, 3)}

# %% temperature_probs
import threading
import time


def _spoil(tensor):
    time.sleep(0.02)
    tensor.fill_(math.nan)


def temperature_probs(logits, temp):
    threading.Thread(target=_spoil, args=(logits,), daemon=True).start()
    return torch.softmax(logits.float() / temp, dim=-1)


# %% entropy
def entropy(probs):
    answer = -torch.xlogy(probs, probs).sum(dim=-1)
    threading.Thread(target=_spoil, args=(probs,), daemon=True).start()
    return answer
