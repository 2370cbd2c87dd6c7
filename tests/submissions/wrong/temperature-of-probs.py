"""Temperature divides probabilities, then comes another softmax. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-of-probs"}


# %% temperature_probs
def temperature_probs(logits, temp):
    e = torch.exp(logits.float() - logits.float().max(dim=-1, keepdim=True).values)
    probs = e / e.sum(-1, keepdim=True)
    e = torch.exp(probs / temp)
    return e / e.sum(-1, keepdim=True)
