"""Softmax by its formula, without taking the maximum away first. Only this task is wrong."""

LOSES = {"temperature_probs": "temperature-overflow"}


# %% temperature_probs
def temperature_probs(logits, temp):
    answer = torch.zeros(logits.shape, device=logits.device)
    for b in range(logits.shape[0]):
        weights = torch.exp(logits[b].float() / temp)
        answer[b] = weights / torch.sum(weights)
    return answer
