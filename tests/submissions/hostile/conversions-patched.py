"""Patches the ways out of torch (numpy, tolist, cpu, bytes of a storage) when it is asked for the first time.

Who takes an answer out of the student's process with the student's torch gets what the student's torch says.
"""

SCORES = {"entropy": 0, "*": (0, 3)}
FAULT = (None, "crash", "output", "timeout")


# %% entropy
import contextlib


def entropy(probs):
    def forged(*args, **kwargs):
        raise KeyError("patched")

    for name in ("numpy", "cpu", "tolist", "detach", "contiguous", "clone", "untyped_storage", "data_ptr", "shape"):
        with contextlib.suppress(AttributeError, TypeError):
            setattr(torch.Tensor, name, forged)
    torch.Tensor.__eq__ = lambda self, other: True
    torch.from_numpy = torch.frombuffer = torch.tensor = torch.equal = forged
    return probs
