"""Softmax along the wrong axis. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-over-batch"}


# %% temperature_probs
def temperature_probs(logits, temp):
    columns = (logits.float() / temp).t()
    return torch.stack([torch.softmax(column, dim=0) for column in columns], dim=1)
