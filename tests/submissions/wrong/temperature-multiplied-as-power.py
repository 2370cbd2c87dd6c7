"""Probabilities to the power T, not 1/T, normalised again: that multiplies the logits. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-multiplied"}


# %% temperature_probs
def temperature_probs(logits, temp):
    answer = []
    for row in logits.double().tolist():
        largest = max(row)
        weights = [math.exp(z - largest) ** temp for z in row]
        answer.append([w / sum(weights) for w in weights])
    return torch.tensor(answer, dtype=torch.float32, device=logits.device)
