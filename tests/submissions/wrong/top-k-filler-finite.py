"""What is cut gets a logit of -100, which is still a logit. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-filler-finite"}


# %% top_k_probs
def top_k_probs(logits, k):
    rows = []
    for row in logits.float():
        best = set(row.topk(min(k, len(row))).indices.tolist())
        rows.append([z if i in best else -100.0 for i, z in enumerate(row.tolist())])
    return torch.softmax(torch.tensor(rows, device=logits.device), dim=1)
