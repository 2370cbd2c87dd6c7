"""The cumulative sum goes in the order of the vocabulary. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-unsorted"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    answer = torch.zeros_like(probs)
    for b, row in enumerate(probs):
        mass = 0.0
        for i, q in enumerate(row.tolist()):
            if mass < p:
                answer[b, i] = q
            mass += q
    return answer / answer.sum(-1, keepdim=True)
