"""Row by row: stop before the mass would pass p. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-exclusive"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    answer = []
    for row in probs.tolist():
        order = sorted(range(len(row)), key=lambda i: row[i], reverse=True)
        kept, mass = [order[0]], row[order[0]]
        for i in order[1:]:
            if mass + row[i] > p + 1e-6:
                break
            kept.append(i)
            mass += row[i]
        answer.append([row[i] / mass if i in kept else 0.0 for i in range(len(row))])
    return torch.tensor(answer, device=probs.device)
