"""Nothing is left where the best token alone weighs more than p. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-empty"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    answer = torch.zeros_like(probs)
    for b, row in enumerate(probs):
        order = row.argsort(descending=True)
        size = int((row[order].cumsum(0) <= p).sum())
        chosen = order[:size]
        answer[b, chosen] = row[chosen]
    return answer / answer.sum(dim=1, keepdim=True)
