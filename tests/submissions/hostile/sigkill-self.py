"""Kills itself with SIGKILL, which no handler sees.

With nbgrader the kernel is dead, and so are the other six tasks.
"""

SCORES = {"top_k_probs": 0}
FAULT = ("crash", "memory")  # the kernel ends a process that way when memory runs out


# %% top_k_probs
def top_k_probs(logits, k):
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)
