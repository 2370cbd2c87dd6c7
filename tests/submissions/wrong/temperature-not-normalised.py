"""Log-probabilities are divided by T and exponentiated; nobody normalises them again. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-not-normalised"}


# %% temperature_probs
def temperature_probs(logits, temp):
    log_probs = torch.log_softmax(logits.float(), dim=-1)
    return torch.exp(log_probs / temp)
