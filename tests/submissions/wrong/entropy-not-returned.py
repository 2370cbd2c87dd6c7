"""The answer is computed and printed, not returned. Only this task is wrong."""

LOSES = {"entropy": "no-return"}


# %% entropy
def entropy(probs):
    result = torch.special.entr(probs).sum(dim=-1)
    print(result[:1])
