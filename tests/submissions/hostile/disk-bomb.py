"""Writes 2 GB into its folder, and 20,000 empty files, and leaves them there.

The autograded folder is the instructor's disk.
"""

SCORES = {"draw": 0}
FAULT = (None, "output", "crash", "memory", "timeout")


# %% draw
def draw(probs):
    with open("hostile-large.bin", "wb") as file:
        for _ in range(128):
            file.write(b"x" * 2**24)
    for number in range(20_000):
        open(f"hostile-{number}", "w").close()
    return torch.zeros(len(probs), dtype=torch.int64)
