"""Returns right answers; a finaliser of each spoils everything that was imported when the answer has been read.

What is lent to the next task, and the grader's own functions in that process, could be spoilt along.
"""

SCORES = {"temperature_probs": (0, 2), "*": (0, 3)}
FAULT = (None, "crash", "timeout", "output", "memory")


# %% temperature_probs
class _Late:
    def __del__(self):
        import sys

        for name, module in list(sys.modules.items()):
            if name in ("wire", "serving", "telling", "stubs", "struct", "os", "numpy"):
                for one in list(vars(module)):
                    if not one.startswith("__"):
                        setattr(module, one, None)


def temperature_probs(logits, temp):
    kept = _Late()
    return torch.softmax(logits.float() / temp, dim=-1) + 0 * id(kept)
