"""Writes up to 2 GB into every folder that it may write to: most of them are memory.

Files in /dev/shm and /tmp count against no process's memory.
"""

SCORES = {"draw": 0}
FAULT = (None, "memory", "output", "crash", "timeout")


# %% draw
def draw(probs):
    import os
    import tempfile

    written = 0
    for folder in ("/dev/shm", "/tmp", "/var/tmp", "/run", os.getcwd()):
        if not os.path.isdir(folder):
            continue
        for _ in range(100):
            try:
                with tempfile.NamedTemporaryFile(dir=folder, prefix="hostile-") as file:
                    for _ in range(16):
                        file.write(b"x" * 2**24)
                        written += 2**24
                        if written > 2 * 2**30:
                            return torch.multinomial(probs, num_samples=1).squeeze(-1)
            except OSError:
                break
    return torch.zeros(len(probs), dtype=torch.int64)
