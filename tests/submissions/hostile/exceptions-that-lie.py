"""Exceptions whose text, name, line or bases raise, change from call to call, or claim to be others.

To say what went wrong, one asks the exception, and it is the student's.
"""

SCORES = {"temperature_probs": 0, "top_k_probs": 0, "nucleus_probs": 0, "entropy": 0, "draw": 0, "generate": 0}
FAULT = (None, "crash", "timeout")


# %% temperature_probs
class _Mute(Exception):
    def __str__(self):
        raise _Mute

    __repr__ = __format__ = __str__


def temperature_probs(logits, temp):
    raise _Mute


# %% top_k_probs
class _Masked(Exception):
    __class__ = property(lambda self: 1 / 0)
    __traceback__ = property(lambda self: 1 / 0)
    __cause__ = __context__ = args = property(lambda self: 1 / 0)


def top_k_probs(logits, k):
    raise _Masked


# %% nucleus_probs
class _Rank(type):
    __name__ = property(lambda cls: 1 / 0)
    __mro__ = property(lambda cls: 1 / 0)
    __instancecheck__ = __subclasscheck__ = lambda cls, other: 1 / 0


class _Titled(Exception, metaclass=_Rank):
    pass


def nucleus_probs(probs, p):
    raise _Titled


# %% entropy
class _Number(str):
    def __len__(self):
        return -1

    __getitem__ = __iter__ = encode = lambda self, *args: 1 / 0


class _Wordy(Exception):
    def __str__(self):
        return _Number("x")


def entropy(probs):
    raise _Wordy


# %% draw
def draw(probs):
    error = ValueError()
    error.__cause__ = ValueError()
    error.__cause__.__cause__ = error
    error.__traceback__ = None
    raise error


# %% generate
def generate(*args):
    exec(compile("\n" * 10**7 + "raise ValueError('a line that is not there')", "/etc/passwd", "exec"))
