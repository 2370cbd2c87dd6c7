"""One random number for all rows, but only in batches of up to 40 rows; in larger ones each row has its own."""

LOSES = {"draw": "draw-one-number"}
ONLY_HIDDEN = True


# %% draw
def draw(probs):
    rows = len(probs)
    u = torch.rand(rows if rows > 40 else 1, 1, dtype=torch.float64).to(probs.device)
    cdf = probs.double().cumsum(dim=1)
    return (cdf / cdf[:, -1:] <= u).sum(dim=1)
