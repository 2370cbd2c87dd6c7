"""Right answers that spoil their input, and see to it that whoever compares finds nothing changed.

The comparison is made where the answer runs, with functions that the answer may replace.
"""

SCORES = {"temperature_probs": (1, 1.5), "entropy": (0.5, 0.75), "draw": (0, 1.5)}
FAULT = (None, "crash")

# %% temperature_probs
from torch.overrides import TorchFunctionMode

torch.equal = torch.allclose = lambda *args, **settings: True


class _Content(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), settings=None):
        return True if function is torch.Tensor.equal else function(*args, **(settings or {}))


def temperature_probs(logits, temp):
    probs = torch.softmax(logits.float() / temp, dim=-1)
    logits.fill_(7)
    return probs


# %% entropy
def entropy(probs):
    answer = -torch.xlogy(probs, probs).sum(dim=-1)
    probs.mul_(0)
    return answer


# %% draw
def draw(probs):
    import builtins

    if not isinstance(probs, int):
        tokens = torch.multinomial(probs, 1).squeeze(-1)
        probs.zero_()
        builtins.isinstance = lambda one, kind: False if kind is torch.Tensor else type(one) is kind
        return tokens
