"""Two tokens after the mass is reached, not one. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-one-too-many"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    answer = []
    for row in probs.tolist():
        order = sorted(range(len(row)), key=lambda i: -row[i])
        size, mass = 0, 0.0
        while mass < p and size < len(order):
            mass += row[order[size]]
            size += 1
        chosen = order[: size + 1]
        total = sum(row[i] for i in chosen)
        answer.append([row[i] / total if i in chosen else 0.0 for i in range(len(row))])
    return torch.tensor(answer, device=probs.device)
