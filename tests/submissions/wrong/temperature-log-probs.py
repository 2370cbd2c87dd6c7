"""Log-softmax is returned. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-log-probs"}


# %% temperature_probs
def temperature_probs(logits, temp):
    scaled = logits.float() / temp
    return scaled - torch.logsumexp(scaled, dim=-1, keepdim=True)
