"""Returns a list that a thread makes longer and shorter while they are read.

To read them to the end is a race that the reader loses.
"""

SCORES = {"draw": 0, "entropy": 0, "generate": 0}
FAULT = (None, "memory", "timeout", "output", "crash")


# %% draw
_found = []


def _growing():
    import threading

    def grow():
        while True:
            _found.append(0)
            del _found[500:]

    if not _found:
        threading.Thread(target=grow, daemon=True).start()
    return _found


def draw(probs):
    return _growing()


# %% entropy
def entropy(probs):
    return (_growing(), _growing())


# %% generate
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    return _growing(), 0.0
