"""The probabilities are divided by T, and the row no longer sums to 1. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-probs-scaled"}


# %% temperature_probs
def temperature_probs(logits, temp):
    rows = [torch.softmax(row.float(), dim=0) for row in logits]
    return torch.stack(rows).div(temp)
