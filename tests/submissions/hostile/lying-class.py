"""Objects that say they are tensors (`__class__`), arrays (`__array__`) or anything else, and are not.

`isinstance` asks the object for its class; a comparison in the same process then asks it for its values.
"""

SCORES = {"entropy": 0, "draw": 0, "nucleus_probs": 0}

# %% entropy
import numpy as np


class _Pretender:
    def __init__(self, rows):
        self.shape, self.dtype, self.device = torch.Size((rows,)), torch.float32, torch.device("cpu")

    __class__ = property(lambda self: torch.Tensor)
    detach = cpu = double = numpy = lambda self: self
    is_floating_point = lambda self: True
    __sub__ = __rsub__ = lambda self, other: np.zeros(1)

    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        return np.zeros(1) if "sub" in ufunc.__name__ else np.ones(1)


def entropy(probs):
    return _Pretender(len(probs))


# %% draw
class _Array:
    def __array__(self, *args, **kwargs):
        return torch.zeros(1).numpy()

    def __index__(self):
        return 0


def draw(probs):
    return _Array()


# %% nucleus_probs
class _Meta(type):
    __instancecheck__ = lambda cls, other: True
    __subclasscheck__ = lambda cls, other: True
    __name__ = property(lambda cls: 1 / 0)
    mro = lambda cls: [cls, object]


class _Nobody(metaclass=_Meta):
    __slots__ = ()
    __getattribute__ = lambda self, name: 1 / 0
    __len__ = __bool__ = __iter__ = __repr__ = __hash__ = lambda self: 1 / 0


def nucleus_probs(probs, p):
    return _Nobody()
