"""Each text is written alone."""

LOSES = {"generate": "generate-one-by-one"}


# %% generate
@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    device = next(model.parameters()).device
    texts, entropies = [], []
    for _ in range(n_samples):
        text, state = [start_id], None
        for _ in range(max_length):
            logits, state = model(torch.tensor([[text[-1]]], device=device), init_states=state)
            token, value = sampler.sample(logits[:, -1])
            text.append(token.item())
            entropies.append(value.item())
            if text[-1] == end_id:
                break
        texts.append(text)
    longest = max(len(text) for text in texts)
    ids = [text + [end_id] * (longest - len(text)) for text in texts]
    return torch.tensor(ids, device=device), sum(entropies) / len(entropies)
