"""An object that never finishes being deleted, and a class whose attributes never arrive.

To let go of a value is to run the student's code, long after the answer.
"""

SCORES = {"entropy": 0, "*": (0, 3)}
FAULT = (None, "timeout")


# %% entropy
class _Clinging:
    def __del__(self):
        while True:
            pass

    def __getattr__(self, name):
        while True:
            pass


def entropy(probs):
    return _Clinging()
