"""The mask of the sorted row is applied to the unsorted one. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-sorted-mask"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    answer = probs.clone()
    for row in answer:
        falling = torch.sort(row, descending=True).values
        mass = 0.0
        for i, q in enumerate(falling.tolist()):
            if mass >= p:
                row[i] = 0
            mass += q
    return answer / answer.sum(-1, keepdim=True)
