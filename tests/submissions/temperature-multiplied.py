"""Temperature multiplies the logits, so that a high one sharpens. Only the first task is wrong."""


# %% temperature_probs
def temperature_probs(logits, temp):
    return torch.softmax(logits.float() * temp, dim=-1)
