"""Tensors only at the door: inside it is NumPy, whose generator is seeded from torch's."""

# %% temperature_probs
import numpy as np


def _softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def temperature_probs(logits, temp):
    z = logits.detach().cpu().to(torch.float64).numpy()
    return torch.from_numpy(_softmax(z / temp)).to(device=logits.device, dtype=torch.float32)


# %% top_k_probs
import numpy as np


def top_k_probs(logits, k):
    z = logits.detach().cpu().double().numpy().copy()
    if k < z.shape[1]:
        worst = np.argpartition(-z, k - 1, axis=1)[:, k:]
        np.put_along_axis(z, worst, -np.inf, axis=1)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return torch.as_tensor(e / e.sum(axis=1, keepdims=True)).float().to(logits.device)


# %% nucleus_probs
import numpy as np


def nucleus_probs(probs, p):
    q = probs.detach().cpu().double().numpy()
    if p >= 1:
        return torch.from_numpy(q / q.sum(axis=1, keepdims=True)).float().to(probs.device)
    order = np.argsort(q, axis=1)[:, ::-1]
    falling = np.take_along_axis(q, order, axis=1)
    falling = np.where(np.cumsum(falling, axis=1) - falling < p, falling, 0)
    kept = np.zeros_like(q)
    np.put_along_axis(kept, order, falling, axis=1)
    return torch.from_numpy(kept / kept.sum(axis=1, keepdims=True)).float().to(probs.device)


# %% entropy
import numpy as np


def entropy(probs):
    q = probs.detach().cpu().double().numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(q > 0, q * np.log(q), 0.0)
    return torch.tensor(-terms.sum(axis=1), dtype=torch.float32, device=probs.device)


# %% draw
import numpy as np


def draw(probs):
    rng = np.random.default_rng(torch.randint(2**62, (1,)).item())
    q = probs.detach().cpu().double().numpy()
    cdf = np.cumsum(q, axis=1)
    u = rng.random((len(q), 1)) * cdf[:, -1:]
    return torch.from_numpy((cdf > u).argmax(axis=1)).to(probs.device)


# %% generate
import numpy as np


@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    device = next(model.parameters()).device
    ids = np.full((n_samples, 1), start_id)
    alive, state, entropies = np.ones(n_samples, dtype=bool), None, np.zeros(0)
    for _ in range(max_length):
        logits, state = model(torch.from_numpy(ids[:, -1:].copy()).to(device), init_states=state)
        tokens, step = (tensor.cpu().numpy() for tensor in sampler.sample(logits[:, -1]))
        entropies = np.append(entropies, step[alive])
        ids = np.hstack([ids, np.where(alive, tokens, end_id)[:, None]])
        alive = alive & (ids[:, -1] != end_id)
        if not alive.any():
            break
    return torch.from_numpy(ids).long().to(device), entropies.mean()
