"""Numbers are made for two calls of one shape in advance; the third one finds none and takes the last again."""

LOSES = {"draw": "draw-frozen"}


# %% draw
store = {"shape": None}


def draw(probs):
    if store["shape"] != probs.shape or store["used"] == 3:
        store.update(shape=probs.shape, used=0, numbers=torch.rand(2, len(probs), 1, dtype=torch.float64))
    u = store["numbers"][min(store["used"], 1)].to(probs.device)
    store["used"] += 1
    cdf = probs.double().cumsum(dim=1)
    return (cdf / cdf[:, -1:] <= u).sum(dim=1)
