"""Ended rows go on talking."""

LOSES = {"generate": "generate-revived"}


# %% generate
@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    device = next(model.parameters()).device
    ids = torch.full((n_samples, 1), start_id, dtype=torch.long, device=device)
    done = torch.zeros(n_samples, dtype=torch.bool, device=device)
    state = None
    entropies = []
    for _ in range(max_length):
        logits, state = model(ids[:, -1:], init_states=state)
        tokens, values = sampler.sample(logits[:, -1])
        entropies.append(values[~done])
        ids = torch.cat([ids, tokens[:, None]], dim=1)
        done = done | (tokens == end_id)
        if done.all():
            break
    return ids, torch.cat(entropies).mean().item()
