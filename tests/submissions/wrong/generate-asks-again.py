"""One answer of the sampler is written down, the next one goes to the model."""

LOSES = {"generate": "generate-asks-again"}
ONLY_HIDDEN = True


# %% generate
@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    model.eval()
    device = next(model.parameters()).device
    last = torch.full((n_samples,), start_id, device=device)
    ids, entropies, state = [last], [], None
    finished = torch.zeros(n_samples, dtype=torch.bool, device=device)
    for _ in range(max_length):
        logits, state = model(last.unsqueeze(1), init_states=state)
        ids.append(torch.where(finished, end_id, sampler.sample(logits[:, 0])[0]))
        chosen, spread = sampler.sample(logits[:, 0])
        entropies += spread[~finished].tolist()
        last = torch.where(finished, end_id, chosen)
        finished |= last == end_id
        if finished.all():
            break
    return torch.stack(ids, dim=1), sum(entropies) / len(entropies)
