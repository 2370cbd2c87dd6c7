"""Temperature multiplies the logits, so that a high one sharpens. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-multiplied"}


# %% temperature_probs
def temperature_probs(logits, temp):
    return torch.softmax(logits.float() * temp, dim=-1)
