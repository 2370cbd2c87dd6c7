"""exp(-z / T), as in statistical physics. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-sign"}


# %% temperature_probs
def temperature_probs(logits, temp):
    energy = logits.float() / temp
    weights = torch.exp(energy.amin(dim=1, keepdim=True) - energy)
    return weights / weights.sum(dim=1, keepdim=True)
