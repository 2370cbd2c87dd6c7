"""Systematic resampling: one comb of numbers, dealt out in a random order."""

LOSES = {"draw": "draw-quotas"}


# %% draw
def draw(probs):
    B, V = probs.shape
    comb = (torch.arange(B, dtype=torch.float64) + torch.rand(1, dtype=torch.float64)) / B
    u = comb[torch.randperm(B)].to(probs.device)
    return torch.searchsorted(probs.double().cumsum(1), u[:, None]).squeeze(1).clamp(max=V - 1)
