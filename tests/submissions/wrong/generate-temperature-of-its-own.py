"""The loop cools the logits before it hands them to the sampler."""

LOSES = {"generate": "generate-logits-changed"}


# %% generate
@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    device = next(model.parameters()).device
    text = [torch.full((n_samples, 1), start_id, device=device)]
    done = torch.zeros(n_samples, dtype=torch.bool, device=device)
    state, total, count = None, 0.0, 0
    for _ in range(max_length):
        logits, state = model(text[-1], init_states=state)
        tokens, spread = sampler.sample(logits.squeeze(1) / 0.8)
        total += float(spread[~done].sum())
        count += int((~done).sum())
        tokens[done] = end_id
        text.append(tokens[:, None])
        done |= tokens == end_id
        if done.all():
            break
    return torch.cat(text, dim=1), total / count
