"""Ignores every signal that can be ignored and then never returns.

Whoever asks politely (SIGINT, SIGTERM) waits for ever.
"""

SCORES = {"entropy": 0}
FAULT = "timeout"


# %% entropy
def entropy(probs):
    import signal

    for number in range(1, signal.NSIG):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            continue
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
