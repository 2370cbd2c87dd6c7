"""The loop takes the most likely token and asks the sampler for the entropy only."""

LOSES = {"generate": "generate-own-choice"}


# %% generate
@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    device = next(model.parameters()).device
    ids = torch.full((n_samples, 1), start_id, device=device)
    done = torch.zeros(n_samples, dtype=torch.bool, device=device)
    state, entropies = None, []
    for _ in range(max_length):
        logits, state = model(ids[:, -1:], init_states=state)
        best = logits[:, -1].max(dim=-1).indices
        spread = sampler.sample(logits[:, -1])[1]
        entropies.append(spread[~done])
        best[done] = end_id
        ids = torch.cat([ids, best[:, None]], dim=1)
        done = done | (best == end_id)
        if done.all():
            break
    return ids, torch.cat(entropies).mean().item()
