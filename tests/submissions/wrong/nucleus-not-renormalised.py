"""The nucleus is right, its probabilities stay as they were. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-not-renormalised"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    answer = torch.zeros_like(probs)
    for b in range(len(probs)):
        mass = 0.0
        for i in probs[b].argsort(descending=True).tolist():
            if mass >= p:
                break
            answer[b, i] = probs[b, i]
            mass += probs[b, i].item()
    return answer
