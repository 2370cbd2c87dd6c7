"""Returns lists and dictionaries that a thread makes longer while they are read.

To read them to the end is a race that the reader loses.
"""

SCORES = {"draw": 0, "entropy": 0, "generate": 0}
FAULT = (None, "memory", "timeout", "output", "crash")


# %% draw
def _growing():
    import threading

    found = [0]

    def grow():
        while True:
            found.append(0)

    threading.Thread(target=grow, daemon=True).start()
    return found


def draw(probs):
    return _growing()


# %% entropy
def entropy(probs):
    return (_growing(), _growing())


# %% generate
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    return _growing(), 0.0
