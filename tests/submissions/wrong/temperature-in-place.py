"""The logits that were given are divided where they lie. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-in-place"}


# %% temperature_probs
def temperature_probs(logits, temp):
    scaled = logits.div_(temp)
    return torch.softmax(scaled.float(), dim=-1)
