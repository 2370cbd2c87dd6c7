"""A loop over the rows everywhere; slow, but right."""


# %% temperature_probs
def temperature_probs(logits, temp):
    rows = []
    for row in logits:
        rows.append(torch.softmax(row.float() / temp, dim=0))
    return torch.stack(rows)


# %% top_k_probs
def top_k_probs(logits, k):
    probs = torch.zeros(logits.shape, device=logits.device)
    for b in range(logits.shape[0]):
        row = logits[b].float()
        values, ids = row.topk(min(k, len(row)))
        probs[b, ids] = values.softmax(dim=0)
    return probs


# %% nucleus_probs
def nucleus_probs(probs, p):
    answer = torch.zeros_like(probs)
    for b, row in enumerate(probs):
        values, ids = row.sort(descending=True)
        n = 1
        mass = values[0].item()
        while n < len(row) and (mass < p or p == 1):
            mass += values[n].item()
            n += 1
        answer[b, ids[:n]] = values[:n] / values[:n].sum()
    return answer


# %% entropy
def entropy(probs):
    answer = torch.zeros(len(probs), device=probs.device)
    for b, row in enumerate(probs):
        possible = row[row > 0]
        answer[b] = -(possible * possible.log()).sum()
    return answer


# %% draw
def draw(probs):
    return torch.cat([torch.multinomial(row, 1) for row in probs])


# %% generate
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    device = next(model.parameters()).device
    texts = [[start_id] for _ in range(n_samples)]
    entropies = []
    h = torch.zeros(n_samples, model.hidden_size, device=device)
    c = torch.zeros(n_samples, model.hidden_size, device=device)
    for _ in range(max_length):
        last = torch.tensor([[text[-1]] for text in texts], device=device)
        with torch.no_grad():
            logits, (h, c) = model(last, init_states=(h, c))
        tokens, step_entropies = sampler.sample(logits[:, -1, :])
        for text, token, value in zip(texts, tokens.tolist(), step_entropies.tolist()):  # noqa: B905
            if len(text) > 1 and text[-1] == end_id:
                text.append(end_id)
            else:
                text.append(token)
                entropies.append(value)
        if all(text[-1] == end_id for text in texts):
            break
    return torch.tensor(texts, device=device), sum(entropies) / len(entropies)
