"""Everything is computed in the logits' own precision. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-half-precision"}


# %% temperature_probs
def temperature_probs(logits, temp):
    scaled = logits / temp
    return torch.nn.functional.softmax(scaled, -1).to(torch.float32)
