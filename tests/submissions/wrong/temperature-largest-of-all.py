"""The maximum of the whole batch is taken away, not of the row. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-largest-of-all"}


# %% temperature_probs
def temperature_probs(logits, temp):
    scaled = logits.float() / temp
    scaled = scaled - torch.max(scaled)
    weights = scaled.exp()
    return weights / weights.sum(-1, keepdim=True)
