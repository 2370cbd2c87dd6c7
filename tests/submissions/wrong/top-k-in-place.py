"""Cut logits are overwritten in the tensor that was given. Only this task is wrong."""

LOSES = {"top_k_probs": "top-k-in-place"}


# %% top_k_probs
def top_k_probs(logits, k):
    border = torch.topk(logits, min(k, logits.shape[-1])).values[:, -1].unsqueeze(1)
    logits[logits < border] = -math.inf
    return torch.softmax(logits.float(), dim=1)
