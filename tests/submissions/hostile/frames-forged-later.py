"""A thread keeps writing a length of 2 GB, and then nothing, to every descriptor while other answers are asked.

A reader that believes a length waits for it, or makes room for it.
"""

SCORES = {"temperature_probs": (0, 2), "*": (0, 3)}
FAULT = (None, "crash", "output", "timeout", "memory")

# %% temperature_probs
import os
import threading
import time


def _spoil():
    time.sleep(0.5)
    for _ in range(1000):
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, b"\xff\xff\xff\x7f")
            except OSError:
                continue
        time.sleep(0.01)


threading.Thread(target=_spoil, daemon=True).start()


def temperature_probs(logits, temp):
    return torch.softmax(logits.float() / temp, dim=-1)
