"""Values and exceptions whose text never comes to an end.

Whoever wants to say what was returned asks the student's code for it.
"""

SCORES = {"entropy": 0, "draw": 0}
FAULT = (None, "timeout")


# %% entropy
class _Story:
    def __repr__(self):
        while True:
            pass

    __str__ = __format__ = __repr__


def entropy(probs):
    return _Story()


# %% draw
class _Sigh(Exception):
    def __str__(self):
        while True:
            pass

    __repr__ = __str__


def draw(probs):
    raise _Sigh(1)
