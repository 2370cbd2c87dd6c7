"""Only the thirty most likely tokens are ever drawn: smaller vocabularies notice nothing."""

LOSES = {"draw": "draw-best-only"}
ONLY_HIDDEN = True


# %% draw
def draw(probs):
    weights, ids = probs.sort(dim=1, descending=True)
    places = torch.multinomial(weights[:, :30], 1)
    return ids.gather(1, places).flatten()
