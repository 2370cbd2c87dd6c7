"""Sets an alarm that kills the process a moment later, while another answer is asked.

The fault comes at somebody else's turn; it is still the same notebook's.
"""

SCORES = {"*": (0, 3)}
FAULT = (None, "crash", "timeout")

# %% temperature_probs
import signal

signal.signal(signal.SIGALRM, signal.SIG_DFL)
signal.setitimer(signal.ITIMER_REAL, 1.0)


def temperature_probs(logits, temp):
    return torch.softmax(logits.float() / temp, dim=-1)
