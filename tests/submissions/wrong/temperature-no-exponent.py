"""Scaled logits are divided by their sum. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-no-exponent"}


# %% temperature_probs
def temperature_probs(logits, temp):
    scaled = logits.float() / temp
    return torch.stack([row / row.sum() for row in scaled])
