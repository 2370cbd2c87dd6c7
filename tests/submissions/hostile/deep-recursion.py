"""Recursion without an end, with Python's own limit taken away first.

The stack of the process overflows, and it dies without a word.
"""

SCORES = {"entropy": 0, "draw": 0}
FAULT = ("crash", "memory", "timeout", None)


# %% entropy
def entropy(probs):
    import sys

    sys.setrecursionlimit(10**9)

    class Deep:
        def __repr__(self):
            return repr(self)

        __getattr__ = lambda self, name: getattr(self, name)

    return repr(Deep())


# %% draw
def draw(probs):
    return draw(probs)
