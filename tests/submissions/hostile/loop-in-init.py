"""The sampler's constructor never returns.

Making an object is running the student's code as well.
"""

SCORES = {"Sampler": 0}
FAULT = "timeout"


# %% Sampler
class Sampler:
    def __init__(self, **settings):
        while True:
            pass

    def sample(self, logits):
        return logits.argmax(-1), logits[:, 0]
