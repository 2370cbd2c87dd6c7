"""The model's logits are turned into probabilities, and those go through a softmax again. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-softmax-twice"}


# %% temperature_probs
import torch.nn as nn


def temperature_probs(logits, temp):
    activation = nn.Softmax(dim=1)
    probs = activation(logits.float().div(temp))
    return activation(probs)
