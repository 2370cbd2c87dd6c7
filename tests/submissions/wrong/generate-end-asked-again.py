"""Whether a text has ended is asked of the sampler once more, and it answers with another token."""

LOSES = {"generate": "generate-asks-again"}
ONLY_HIDDEN = True


# %% generate
@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    last = torch.full((n_samples, 1), start_id, device=next(model.parameters()).device)
    ids, entropies, state = last, [], None
    writing = torch.ones(n_samples, dtype=torch.bool, device=last.device)
    while ids.shape[1] <= max_length and writing.any():
        logits, state = model(last, init_states=state)
        chosen, spread = sampler.sample(logits[:, -1])
        entropies.append(spread[writing])
        last = chosen.masked_fill(~writing, end_id)[:, None]
        ids = torch.hstack([ids, last])
        writing = writing & (sampler.sample(logits[:, -1])[0] != end_id)
    return ids, torch.cat(entropies).mean().item()
