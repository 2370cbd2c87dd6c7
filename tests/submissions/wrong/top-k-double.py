"""float64 goes in at the start and is never left. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-double"}


# %% top_k_probs
def top_k_probs(logits, k):
    best, ids = logits.double().topk(min(k, logits.shape[-1]), dim=-1)
    return torch.zeros_like(logits, dtype=torch.float64).scatter(-1, ids, torch.softmax(best, dim=-1))
