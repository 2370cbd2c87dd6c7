"""Starts up to 400 threads that never end and keep the processor busy; afterwards the answers are right.

They go on while the other answers are asked, and after the notebook.
"""

SCORES = {"*": (0, 3)}
FAULT = (None, "crash", "timeout", "memory")


# %% draw
def draw(probs):
    import threading
    import time

    def turn():
        end = time.monotonic() + 60
        while time.monotonic() < end:
            pass

    if threading.active_count() < 10:
        try:
            for _ in range(400):
                threading.Thread(target=turn, daemon=True).start()
        except RuntimeError:
            pass
    return torch.multinomial(probs, num_samples=1).squeeze(-1)
