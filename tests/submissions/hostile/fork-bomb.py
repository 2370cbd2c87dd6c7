"""Forks up to 300 times, and its children wait for a minute.

nbgrader ends the kernel and not what the kernel has started.
"""

SCORES = {"draw": 0}
FAULT = (None, "crash", "timeout")


# %% draw
def draw(probs):
    import os
    import time

    children = 0
    for _ in range(300):
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        children += 1
    if children:
        return torch.multinomial(probs, num_samples=1).squeeze(-1)
    return None
