"""float64 goes in at the start and is never left. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-double"}


# %% temperature_probs
import numpy as np


def temperature_probs(logits, temp):
    scaled = logits.double().cpu().numpy() / temp
    weights = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return torch.from_numpy(weights / weights.sum(axis=1, keepdims=True)).to(logits.device)
