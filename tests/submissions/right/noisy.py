"""Prints, warnings, a progress bar on stderr, matplotlib imported: noise, but every answer is right."""

# %% temperature_probs
import warnings

import matplotlib.pyplot as plt
from tqdm.auto import tqdm


def temperature_probs(logits, temp):
    print("temperature_probs", logits.shape, temp)
    if temp > 1:
        warnings.warn("горячо!", stacklevel=1)
    return torch.softmax(logits.float() / temp, -1)


print(temperature_probs(torch.tensor([[1.0, 2.0]]), 2.0))

# %% top_k_probs
import sys


def top_k_probs(logits, k):
    print("top_k_probs", file=sys.stderr)
    warnings.warn("k больше словаря", UserWarning, stacklevel=1)
    mask = torch.ones_like(logits, dtype=torch.bool)
    mask.scatter_(1, logits.topk(min(k, logits.shape[1])).indices, False)
    return logits.float().masked_fill(mask, -math.inf).softmax(1)


# %% nucleus_probs
def nucleus_probs(probs, p):
    kept = torch.zeros_like(probs)
    for b in tqdm(range(len(probs)), desc="nucleus"):
        values, ids = probs[b].sort(descending=True)
        outside = values.cumsum(0) - values >= p
        if p == 1:
            outside[:] = False
        values = values.masked_fill(outside, 0.0)
        kept[b, ids] = values / values.sum()
    return kept


# %% entropy
import logging

logging.basicConfig(level=logging.INFO)


def entropy(probs):
    logging.getLogger("entropy").info("считаю энтропию")
    result = -(probs * torch.log(probs + 1e-20)).sum(1)
    print(result)
    return result


# %% draw
def draw(probs):
    warnings.warn("случайность впереди", RuntimeWarning, stacklevel=2)
    return probs.multinomial(num_samples=1).view(-1)


# %% Sampler
class Sampler:
    """Keeps a diary of entropies, to be drawn later."""

    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        print(f"Sampler({prob_mode}, {sample_mode}, {temp}, {k}, {p})", file=sys.stderr)
        if prob_mode not in ("temperature", "topk"):
            raise ValueError(f"prob_mode={prob_mode}?")
        if sample_mode not in ("greedy", "random", "nucleus"):
            raise ValueError(f"sample_mode={sample_mode}?")
        if not (0 < temp < math.inf):
            raise ValueError(f"temp={temp}?")
        if prob_mode == "topk" and (k is None or k < 1):
            raise ValueError(f"k={k}?")
        if sample_mode == "nucleus" and (p is None or not (0 < p <= 1)):
            raise ValueError(f"p={p}?")
        self.prob_mode, self.sample_mode, self.temp, self.k, self.p = prob_mode, sample_mode, temp, k, p
        self.diary = []

    def plot(self):
        plt.plot(self.diary)
        plt.show()

    def sample(self, logits):
        if logits.dim() != 2:
            raise ValueError(f"logits.shape={logits.shape}?")
        if not logits.float().amax(dim=-1).isfinite().all():
            raise ValueError(f"logits={logits}?")
        if self.sample_mode == "greedy":
            warnings.warn("жадность скучна", stacklevel=2)
            return logits.argmax(-1), torch.zeros(len(logits), device=logits.device)
        probs = top_k_probs(logits.float() / self.temp, self.k) if self.prob_mode == "topk" else None
        probs = temperature_probs(logits, self.temp) if probs is None else probs
        probs = nucleus_probs(probs, self.p) if self.sample_mode == "nucleus" else probs
        values = entropy(probs)
        self.diary.append(values.mean().item())
        print("средняя энтропия", self.diary[-1])
        return draw(probs), values


# %% generate
@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    model.eval()
    tokens = torch.full((n_samples, 1), start_id, device=next(model.parameters()).device)
    ids, state, alive, entropies = [tokens], None, torch.ones_like(tokens[:, 0]).bool(), []
    for _ in tqdm(range(max_length), desc="анекдоты"):
        logits, state = model(tokens, init_states=state)
        tokens, step = sampler.sample(logits[:, -1])
        entropies.extend(step[alive].tolist())
        tokens[~alive] = end_id
        alive &= tokens != end_id
        tokens = tokens.unsqueeze(1)
        ids.append(tokens)
        print("живых строк:", int(alive.sum()))
        if not alive.any():
            break
    return torch.cat(ids, 1), sum(entropies) / len(entropies)
