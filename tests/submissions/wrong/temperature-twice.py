"""Scaled by a helper, and once more before the softmax. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-twice"}


# %% temperature_probs
def scale(logits, temp):
    return logits.to(torch.float32) / temp


def temperature_probs(logits, temp):
    scaled = scale(logits, temp)
    scaled = scaled - scaled.max(dim=1, keepdim=True).values
    weights = torch.exp(scaled / temp)
    return weights / weights.sum(dim=1, keepdim=True)
