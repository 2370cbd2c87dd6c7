"""Makes empty files, folders and links with long names for as long as it is allowed to: they have no size.

A limit of bytes counts none of them, and each takes a kilobyte of the kernel's own memory.
"""

SCORES = {"draw": 0}
FAULT = (None, "timeout", "memory", "output", "crash")


# %% draw
def draw(probs):
    import os

    number = 0
    while number < 3_000_000:
        for folder in ("/tmp", "/dev/shm", os.getcwd()):
            try:
                os.symlink("x" * 100, f"{folder}/{'n' * 200}{number}")
            except OSError:
                return torch.zeros(len(probs), dtype=torch.int64)
            number += 1
    return torch.multinomial(probs, 1).squeeze(-1)
