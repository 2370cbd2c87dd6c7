"""The probabilities are divided by T and normalised again, which cancels T. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-ignored"}


# %% temperature_probs
def temperature_probs(logits, temp):
    probs = torch.softmax(logits.float(), dim=1)
    probs = probs / temp
    return probs / probs.sum(dim=1, keepdim=True)
