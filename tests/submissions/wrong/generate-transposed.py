"""A row for each step."""

LOSES = {"generate": "generate-transposed"}


# %% generate
@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    device = next(model.parameters()).device
    tokens = torch.full((n_samples,), start_id, device=device)
    ids, entropies, state = [tokens], [], None
    alive = torch.ones(n_samples, dtype=torch.bool, device=device)
    for _ in range(max_length):
        logits, state = model(tokens[:, None], init_states=state)
        tokens, values = sampler.sample(logits[:, -1])
        entropies += values[alive].tolist()
        tokens = torch.where(alive, tokens, end_id)
        alive &= tokens != end_id
        ids.append(tokens)
        if not alive.any():
            break
    return torch.stack(ids), sum(entropies) / len(entropies)
