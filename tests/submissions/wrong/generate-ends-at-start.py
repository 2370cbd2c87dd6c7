"""Any special token ends a text, start_id as well."""

LOSES = {"generate": "generate-ends-at-start"}
ONLY_HIDDEN = True


# %% generate
@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    device = next(model.parameters()).device
    special = torch.tensor([start_id, end_id], device=device)
    token = torch.full((n_samples,), start_id, device=device)
    alive = torch.ones_like(token, dtype=torch.bool)
    states, steps, entropies = None, [token], []
    for _ in range(max_length):
        logits, states = model(token[:, None], init_states=states)
        token, entropy = sampler.sample(logits[:, -1])
        entropies.append(entropy[alive])
        token = torch.where(alive, token, end_id)
        steps.append(token)
        alive = alive & ~torch.isin(token, special)
        if not alive.any():
            break
    return torch.stack(steps, dim=1), torch.cat(entropies).mean().item()
