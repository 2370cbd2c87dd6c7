"""Two mistakes at once; the one in the values is named. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-multiplied"}


# %% temperature_probs
def temperature_probs(logits, temp):
    return torch.softmax(logits.float() * temp, dim=-1).squeeze()
