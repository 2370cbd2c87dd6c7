"""generate gives the model only the rows that are still being written; draw accepts and rejects; rows keep their k."""


# %% top_k_probs
def top_k_probs(logits, k):
    logits = logits.float()
    if k >= logits.shape[1]:
        return torch.softmax(logits, dim=1)
    ids = torch.argsort(logits, dim=1, descending=True, stable=True)[:, :k]
    weights = (torch.gather(logits, 1, ids) - logits.max(dim=1, keepdim=True).values).exp()
    return torch.zeros_like(logits).scatter_add_(1, ids, weights / weights.sum(dim=1, keepdim=True))


# %% nucleus_probs
def nucleus_probs(probs, p):
    """From small to large: throws away while what stands before the token still weighs p."""
    q, ids = torch.sort(probs, dim=1, descending=True)
    if p != 1:
        for column in range(q.shape[1] - 1, 0, -1):
            before = q[:, :column].sum(dim=1)
            if not (before >= p).any():
                break
            q[before >= p, column] = 0.0
    return torch.zeros_like(probs).scatter(1, ids, q) / q.sum(dim=1, keepdim=True)


# %% entropy
def entropy(probs):
    logs = torch.full_like(probs, 0.0)
    logs[probs > 0] = probs[probs > 0].log()
    return torch.linalg.vecdot(probs, logs).neg()


# %% draw
def draw(probs):
    """Rejection: a uniform token is accepted with probability p_i / max p; rows that were refused try again."""
    tokens = torch.full((len(probs),), -1, device=probs.device)
    peak = probs.max(dim=1).values.double()
    while (tokens < 0).any():
        rows = (tokens < 0).nonzero().flatten()
        tries = torch.randint(probs.shape[1], (len(rows), 64), device=probs.device)
        accepted = torch.rand(tries.shape, dtype=torch.float64, device=probs.device) * peak[rows, None] < probs[
            rows
        ].gather(1, tries)
        first = accepted.float().argmax(dim=1, keepdim=True)
        tokens[rows] = torch.where(accepted.any(dim=1), tries.gather(1, first)[:, 0], -1)
    return tokens


# %% generate
@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    device = next(model.parameters()).device
    ids = torch.full((n_samples, max_length + 1), end_id, device=device)
    ids[:, 0] = start_id
    rows = torch.arange(n_samples, device=device)
    state, entropies, step = None, [], 0
    while step < max_length and len(rows):
        logits, (h, c) = model(ids[rows, step, None], init_states=state)
        tokens, values = sampler.sample(logits[:, -1])
        step += 1
        ids[rows, step] = tokens
        entropies.append(values)
        going = tokens != end_id
        rows, state = rows[going], (h[going], c[going])
    return ids[:, : step + 1], torch.cat(entropies).mean().item()
