"""Leaves handlers that run when the process ends: they write a verdict, and they never end.

Ending a process politely runs the student's code once more.
"""

SCORES = {"draw": 0}

# %% draw
import atexit
import os
import time


def _last_words():
    for descriptor in range(1, 64):
        try:
            os.write(descriptor, b'{"score": 15.0, "max_score": 15.0, "fault": null}\n')
        except OSError:
            continue
    time.sleep(600)


atexit.register(_last_words)


def draw(probs):
    return torch.zeros(len(probs), dtype=torch.int64)
