"""Two mistakes at once: T is applied twice, and the answer is float64. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-twice"}


# %% temperature_probs
def temperature_probs(logits, temp):
    return torch.softmax(logits.double() / temp**2, dim=-1)
