"""0 * log 0 is NaN. Only this task is wrong."""

LOSES = {"entropy": "entropy-nan-at-zero"}


# %% entropy
def entropy(probs):
    total = torch.zeros(len(probs), device=probs.device)
    for i in range(probs.shape[1]):
        total = total - probs[:, i] * torch.log(probs[:, i])
    return total
