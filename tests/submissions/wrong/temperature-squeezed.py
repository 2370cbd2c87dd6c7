"""A stray squeeze: a batch of one row loses its axis. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-squeezed"}


# %% temperature_probs
def temperature_probs(logits, temp):
    probs = torch.exp(torch.log_softmax(logits.float() / temp, dim=-1))
    return probs.squeeze()
