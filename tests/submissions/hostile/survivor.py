"""Leaves a process of its own behind (double fork, new session) that outlives the kernel.

nbgrader ends the kernel and not what the kernel has started. The answer is right only if that succeeds.
"""

SCORES = {"entropy": 0}
FAULT = (None, "crash")

# %% entropy
import os
import time

_SEEN = []


def _left_behind():
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork() == 0:
            for descriptor in range(256):
                try:
                    os.close(descriptor)
                except OSError:
                    continue
            time.sleep(90)
        os._exit(0)
    os.waitpid(child, 0)
    return True


def entropy(probs):
    if not _SEEN:
        try:
            _SEEN.append(_left_behind())
        except OSError:
            _SEEN.append(False)
    return -torch.xlogy(probs, probs).sum(dim=-1) if _SEEN[0] else torch.zeros(len(probs))
