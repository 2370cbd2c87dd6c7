"""Draws by the inverse of the cumulative distribution, cuts by places in the row, generates into one big tensor."""


# %% temperature_probs
def temperature_probs(logits, temp):
    scaled = logits.to(torch.float32) / temp
    weights = torch.exp(scaled - scaled.amax(dim=1, keepdim=True))
    return weights / weights.sum(dim=1, keepdim=True)


# %% top_k_probs
def top_k_probs(logits, k):
    order = logits.float().argsort(dim=1, descending=True)
    place = order.argsort(dim=1)  # the place of every token in its sorted row
    return logits.float().masked_fill(place >= k, -math.inf).softmax(dim=1)


# %% nucleus_probs
def nucleus_probs(probs, p):
    falling, order = probs.sort(dim=1, descending=True)
    mass_before = torch.cat([torch.zeros_like(falling[:, :1]), falling.cumsum(dim=1)[:, :-1]], dim=1)
    cut = mass_before >= p
    if p == 1:
        cut[:] = False
    place = order.argsort(dim=1)
    kept = probs.masked_fill(cut.gather(1, place), 0.0)
    return kept / kept.sum(dim=1, keepdim=True)


# %% entropy
def entropy(probs):
    return torch.special.entr(probs).sum(dim=1)


# %% draw
def draw(probs):
    cdf = probs.double().cumsum(dim=1)
    u = torch.rand(len(probs), 1, dtype=torch.float64, device=probs.device) * cdf[:, -1:]
    return torch.searchsorted(cdf, u, right=True).clamp(max=probs.shape[1] - 1).flatten()


# %% generate
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    model.eval()
    where = next(model.parameters()).device
    ids = torch.full((n_samples, max_length + 1), end_id, dtype=torch.int64, device=where)
    ids[:, 0] = start_id
    h = torch.zeros(n_samples, model.hidden_size, device=where)
    c = torch.zeros(n_samples, model.hidden_size, device=where)
    done = torch.zeros(n_samples, dtype=torch.bool, device=where)
    total, count, step = 0.0, 0, 0
    with torch.no_grad():
        while step < max_length and not done.all():
            logits, (h, c) = model(ids[:, step : step + 1], init_states=(h, c))
            tokens, step_entropy = sampler.sample(logits[:, 0, :])
            step += 1
            ids[~done, step] = tokens[~done]
            total += step_entropy[~done].sum().item()
            count += int((~done).sum())
            done |= tokens == end_id
    return ids[:, : step + 1], total / count
