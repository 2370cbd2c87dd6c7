"""Only the division is done. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-no-softmax"}


# %% temperature_probs
def temperature_probs(logits, temp):
    inverse = 1.0 / temp
    return logits.float() * inverse
