"""A class that is a function, an object whose `sample` is another one at every access, and a method that is none.

To ask an object for its method is to run the student's code as well.
"""

SCORES = {"Sampler": 0}
FAULT = (None, "timeout", "crash", "output")


# %% Sampler
class _Turning:
    def __getattribute__(self, name):
        if name == "sample":
            return lambda logits: (self, self)
        raise SystemExit(name)

    def __eq__(self, other):
        return True

    __hash__ = None


def Sampler(**settings):
    return _Turning()
