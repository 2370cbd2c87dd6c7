"""Logits are kept between -20 and 20, for fear of an overflow that the sampler would take care of."""

LOSES = {"generate": "generate-logits-changed"}


# %% generate
@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    device = next(model.parameters()).device
    ids = torch.full((n_samples, max_length + 1), end_id, device=device)
    ids[:, 0] = start_id
    alive = torch.ones(n_samples, dtype=torch.bool, device=device)
    entropies, state, length = [], None, 0
    while alive.any() and length < max_length:
        logits, state = model(ids[:, length, None], init_states=state)
        tokens, spread = sampler.sample(logits[:, -1].clamp(-20, 20))
        length += 1
        ids[alive, length] = tokens[alive]
        entropies.extend(spread[alive].tolist())
        alive = alive & (tokens != end_id)
    return ids[:, : length + 1], sum(entropies) / len(entropies)
