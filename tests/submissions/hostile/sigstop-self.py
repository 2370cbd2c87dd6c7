"""Stops itself with SIGSTOP: the process lives, does nothing and uses no CPU time.

A limit of CPU time is never reached.
"""

SCORES = {"entropy": 0}
FAULT = ("timeout", "crash")


# %% entropy
def entropy(probs):
    import os
    import signal

    os.kill(os.getpid(), signal.SIGSTOP)
    return torch.zeros(len(probs))
