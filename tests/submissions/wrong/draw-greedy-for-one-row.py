"""A single row is a case of its own, and there the most likely token is taken; larger batches are drawn from."""

LOSES = {"draw": "draw-greedy-in-small-batches"}
ONLY_HIDDEN = True


# %% draw
def draw(probs):
    if len(probs) == 1:
        return probs.max(dim=1).indices
    return torch.multinomial(probs, 1)[:, 0]
