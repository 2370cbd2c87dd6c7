"""Code for one row: the ids to remove lose their row. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-rows-mixed"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    falling, ids = torch.sort(probs, descending=True, dim=-1)
    remove = torch.cumsum(falling, dim=-1) > p
    remove[..., 1:] = remove[..., :-1].clone()
    remove[..., 0] = False
    answer = probs.clone()
    answer[:, ids[remove]] = 0
    return answer / answer.sum(dim=-1, keepdim=True)
