"""A timer raises an exception at any place of the program, a hundred times a second, also in the grader's own lines.

Code that is prepared for exceptions where it calls an answer is seldom prepared for them everywhere else.
"""

SCORES = {"*": (0, 3), "entropy": 0}
FAULT = (None, "crash", "timeout", "output")


# %% entropy
def entropy(probs):
    import signal

    def interrupt(*_):
        raise KeyboardInterrupt("now")

    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    return probs[:, 0]
