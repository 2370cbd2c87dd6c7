"""Sums by einsum, permutations as one-hot matrices where the vocabulary is small enough."""


# %% temperature_probs
def temperature_probs(logits, temp):
    weights = torch.exp((logits.float() - logits.float().amax(1, keepdim=True)) / temp)
    return torch.einsum("bv,b->bv", weights, 1 / torch.einsum("bv->b", weights))


# %% top_k_probs
def top_k_probs(logits, k):
    z = logits.float()
    V = z.shape[1]
    if k >= V:
        return z.softmax(1)
    if V > 512:  # the comparison of all pairs would be too large
        return torch.zeros_like(z).scatter(1, z.topk(k).indices, z.topk(k).values.softmax(1))
    earlier = torch.ones(V, V, device=z.device).tril(-1).bool()
    beaten = (z[:, None, :] > z[:, :, None]) | ((z[:, None, :] == z[:, :, None]) & earlier)
    place = torch.einsum("bvw->bv", beaten.float())  # how many stand before the token
    weights = torch.exp(z - z.amax(1, keepdim=True)) * (place < k)
    return torch.einsum("bv,b->bv", weights, 1 / torch.einsum("bv->b", weights))


# %% nucleus_probs
def nucleus_probs(probs, p):
    V = probs.shape[1]
    if p == 1:
        return probs
    if V > 512:
        falling, ids = probs.sort(1, descending=True)
        kept = torch.zeros_like(probs).scatter(1, ids, falling * (falling.cumsum(1) - falling < p))
    else:
        earlier = torch.ones(V, V, device=probs.device).tril(-1).bool()
        before = (probs[:, None, :] > probs[:, :, None]) | ((probs[:, None, :] == probs[:, :, None]) & earlier)
        mass_before = torch.einsum("bvw,bw->bv", before.to(probs), probs)
        kept = probs * (mass_before < p)
    return torch.einsum("bv,b->bv", kept, 1 / torch.einsum("bv->b", kept))


# %% entropy
def entropy(probs):
    return -torch.einsum("bv,bv->b", probs, torch.where(probs > 0, probs, 1).log())


# %% draw
def draw(probs):
    u = torch.rand(len(probs), device=probs.device, dtype=torch.float64)
    cdf = probs.double().cumsum(1)
    below = (cdf <= torch.einsum("b,b->b", u, cdf[:, -1])[:, None]).long()
    return torch.einsum("bv->b", below)
