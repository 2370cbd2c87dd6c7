"""Takes all memory that it can get, catches the MemoryError, keeps what it has and answers wrongly.

What is left in the process is too little for the next task.
"""

SCORES = {"entropy": 0, "*": (0, 3)}
FAULT = (None, "memory", "crash", "timeout", "output")

# %% entropy
_hoard = []


def entropy(probs):
    size = 2**28
    while size > 2**12 and len(_hoard) < 4000:
        try:
            if sum(map(len, _hoard)) > 12 * 2**30:
                break
            _hoard.append(bytearray(size))
        except MemoryError:
            size //= 2
    return torch.zeros(len(probs))
