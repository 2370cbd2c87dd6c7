"""SciPy knows softmax, entropy and discrete distributions."""

# %% temperature_probs
import numpy as np
from scipy import special


def temperature_probs(logits, temp):
    return torch.tensor(special.softmax(logits.double().cpu().numpy() / temp, axis=1)).float().to(logits.device)


# %% top_k_probs
import numpy as np
from scipy import special, stats


def top_k_probs(logits, k):
    z = logits.double().cpu().numpy()
    place = stats.rankdata(-z, method="ordinal", axis=1)
    return torch.tensor(special.softmax(np.where(place <= k, z, -np.inf), axis=1)).float().to(logits.device)


# %% nucleus_probs
import numpy as np
from scipy import stats


def nucleus_probs(probs, p):
    q = probs.double().cpu().numpy()
    place = stats.rankdata(-q, method="ordinal", axis=1).astype(int) - 1
    falling = -np.sort(-q, axis=1)
    before = np.cumsum(falling, axis=1) - falling
    inside = np.take_along_axis(before, place, axis=1) < p
    kept = q * (inside if p < 1 else np.ones_like(inside))
    return torch.tensor(kept / kept.sum(axis=1, keepdims=True)).float().to(probs.device)


# %% entropy
from scipy import special


def entropy(probs):
    return torch.tensor(special.entr(probs.double().cpu().numpy()).sum(axis=1)).float().to(probs.device)


# %% draw
from scipy import stats


def draw(probs):
    q = probs.double().cpu().numpy()
    q = q / q.sum(axis=1, keepdims=True)
    seed = int(torch.randint(2**31, (1,)))
    chosen = stats.multinomial.rvs if len(q) == 1 else None
    if chosen is not None:
        counts = chosen(1, q[0], size=1, random_state=seed)
    else:
        counts = np.random.default_rng(seed).multinomial(1, q)
    return torch.tensor(counts.argmax(axis=1)).to(probs.device)


# %% generate
import numpy as np


@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    device = next(model.parameters()).device
    current = torch.full((n_samples, 1), start_id, dtype=torch.long, device=device)
    state, alive = None, torch.ones(n_samples, dtype=torch.bool, device=device)
    history, entropies = [current.clone()], []
    for _ in range(max_length):
        logits, (h, c) = model(input_ids=current, init_states=state)
        state = (h.detach(), c.detach())
        tokens, values = sampler.sample(logits[:, -1, :].clone())
        entropies.append(values.masked_fill(~alive, float("nan")).cpu().numpy())
        current = torch.where(alive, tokens, torch.tensor(end_id, device=device)).unsqueeze(1)
        history.append(current)
        alive = alive & current.ne(end_id).squeeze(1)
        if alive.sum() == 0:
            break
    return torch.cat(history, dim=1), np.nanmean(np.array(entropies, dtype=np.float64))
