"""Only h is carried over."""

LOSES = {"generate": "generate-wrong-past"}


# %% generate
@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    device = next(model.parameters()).device
    ids = torch.full((n_samples, 1), start_id, dtype=torch.long, device=device)
    done = torch.zeros(n_samples, dtype=torch.bool, device=device)
    h = torch.zeros(n_samples, model.hidden_size, device=device)
    zeros = torch.zeros_like(h)
    entropies = []
    for _ in range(max_length):
        logits, (h, c) = model(ids[:, -1:], init_states=(h, zeros))
        tokens, values = sampler.sample(logits[:, -1])
        entropies.append(values[~done])
        tokens[done] = end_id
        ids = torch.cat([ids, tokens[:, None]], dim=1)
        done = done | (tokens == end_id)
        if done.all():
            break
    return ids, torch.cat(entropies).mean().item()
