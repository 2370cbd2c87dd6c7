"""Every token runs an exponential race; truncation by a loop over places, never by a sort of the whole row."""


# %% temperature_probs
def temperature_probs(logits, temp):
    return torch.nn.functional.softmax(torch.div(logits.float(), temp), dim=1)


# %% top_k_probs
def top_k_probs(logits, k):
    left = logits.float().clone()
    kept = torch.full_like(left, -math.inf)
    for _ in range(min(k, left.shape[1])):
        value, best = left.max(dim=1, keepdim=True)
        kept.scatter_reduce_(1, best, value, reduce="amax")  # a row may have run out of finite ones
        left.scatter_(1, best, -math.inf)
    return kept.softmax(dim=1)


# %% nucleus_probs
def nucleus_probs(probs, p):
    """Takes the best token of every row out of the bag until the bag's mass has reached p."""
    if p == 1:
        return probs.clone()
    left, kept = probs.clone(), torch.zeros_like(probs)
    mass = probs.new_zeros(len(probs), 1)
    while (mass < p).any():
        value, best = left.max(dim=1, keepdim=True)
        value = torch.where(mass < p, value, 0.0)
        if not value.any():
            break
        kept.scatter_add_(1, best, value)
        left.scatter_(1, best, -1.0)
        mass = mass + value
    return kept / mass


# %% entropy
def entropy(probs):
    return torch.stack([-(row[row > 0] * row[row > 0].log()).sum() for row in probs])


# %% draw
def draw(probs):
    clocks = torch.empty_like(probs, dtype=torch.float64).exponential_()
    finish = torch.where(probs > 0, clocks / probs.double(), math.inf)
    return finish.argmin(dim=1)


# %% generate
@torch.inference_mode()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    device = next(model.parameters()).device
    column = torch.full((n_samples, 1), start_id, dtype=torch.long, device=device)
    ids, state = column, None
    lengths = torch.full((n_samples,), max_length, device=device)
    entropies = []
    for step in range(1, max_length + 1):
        logits, state = model(column, init_states=state)
        tokens, step_entropy = sampler.sample(logits.squeeze(1))
        entropies.append(step_entropy)
        tokens = torch.where(lengths < step, end_id, tokens)
        ids = torch.cat([ids, tokens[:, None]], dim=1)
        lengths = torch.where((tokens == end_id) & (lengths == max_length), step, lengths)
        column = tokens[:, None]
        if (lengths <= step).all() and (ids[:, 1:] == end_id).any(dim=1).all():
            break
    entropies = torch.stack(entropies, dim=1)  # [B, L]
    places = torch.arange(entropies.shape[1], device=device)
    mask = places[None] < lengths[:, None]
    return ids, float(entropies[mask].mean())
