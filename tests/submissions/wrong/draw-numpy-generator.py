"""NumPy's generator with a seed from the system."""

LOSES = {"draw": "draw-other-generator"}


# %% draw
import numpy as np


def draw(probs):
    rng = np.random.default_rng()
    rows = probs.double().cpu().numpy()
    tokens = [rng.choice(len(row), p=row / row.sum()) for row in rows]
    return torch.tensor(tokens, device=probs.device)
