"""Answers to the homework for the tests: the model ones, other right ones, and wrong ones by the name of the mistake."""

from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import torch

from grader.answers import read_answers

SOURCE = Path(__file__).parents[1] / "assignments" / "source" / "hw_sampler" / "hw_sampler.ipynb"
INF = float("inf")


@cache
def _code() -> str:
    answers = read_answers(nbformat.read(SOURCE, as_version=4))
    return "import math\nimport torch\n" + "\n\n".join(source for name, source in answers.items() if name != "analysis")


def model_answers() -> dict:
    """A fresh namespace in which the model answers were executed, like the notebook's."""
    namespace: dict = {"__name__": "notebook"}
    exec(compile(_code(), "model answers", "exec"), namespace)
    return namespace


def sampler_with(**functions) -> type:
    """The model Sampler whose helpers are replaced: sampler_with(draw=...)."""
    namespace = model_answers()
    namespace.update(functions)
    return namespace["Sampler"]


M = model_answers()
temperature_probs, top_k_probs, nucleus_probs = M["temperature_probs"], M["top_k_probs"], M["nucleus_probs"]
entropy, draw = M["entropy"], M["draw"]


def _rows(function):
    """Row by row in Python."""
    return lambda batch, *args: torch.stack([function(row, *args) for row in batch])


def _numpy_softmax(logits):
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def _numpy_temperature(logits, temp):
    return torch.tensor(_numpy_softmax(logits.double().cpu().numpy() / temp)).float().to(logits.device)


def _top_k_by_threshold(logits, k):
    logits = logits.float()
    kth = logits.topk(min(k, logits.shape[1])).values[:, -1:]
    return logits.masked_fill(logits < kth, -INF).softmax(1)


def _top_k_by_sort(logits, k):
    probs, ids = logits.float().softmax(1).sort(1, descending=True)
    probs[:, k:] = 0
    kept = torch.empty_like(probs).scatter_(1, ids, probs)
    return kept / kept.sum(1, keepdim=True)


def _top_k_numpy(logits, k):
    logits = logits.double().cpu()
    cut = np.sort(logits.numpy(), axis=1)[:, ::-1][:, min(k, logits.shape[1]) - 1 : min(k, logits.shape[1])]
    return torch.tensor(_numpy_softmax(np.where(logits.numpy() < cut, -INF, logits.numpy()))).float()


def _nucleus_shifted_mask(probs, p):
    falling, ids = probs.sort(1, descending=True)
    outside = falling.cumsum(1) >= p
    outside = torch.cat([torch.zeros_like(outside[:, :1]), outside[:, :-1]], 1) & (p < 1)
    outside = torch.zeros_like(outside).scatter(1, ids, outside)
    kept = probs.masked_fill(outside, 0)
    return kept / kept.sum(1, keepdim=True)


def _nucleus_loop(probs, p):
    result = []
    for row in probs.tolist():
        order, mass, kept = sorted(range(len(row)), key=lambda i: -row[i]), 0.0, [0.0] * len(row)
        for i in order:
            if mass >= p and p < 1:
                break
            kept[i] = row[i]
            mass += row[i]
        result.append([x / mass for x in kept])
    return torch.tensor(result)


def _nucleus_by_threshold(probs, p):
    falling = probs.sort(1, descending=True).values
    size = ((falling.cumsum(1) - falling) < p).sum(1, keepdim=True)
    kept = probs * (probs >= falling.gather(1, size - 1))
    return kept / kept.sum(1, keepdim=True)


def _inverse_cdf(probs):
    cdf = probs.double().cumsum(1)
    u = torch.rand(len(probs), 1, dtype=torch.float64, device=probs.device) * cdf[:, -1:]
    return torch.searchsorted(cdf, u, right=True).squeeze(1).clamp(max=probs.shape[1] - 1)


def _gumbel(probs):
    noise = -torch.log(-torch.log(torch.rand_like(probs, dtype=torch.float64)))
    return (probs.double().log() + noise).argmax(1)


def _exponential_race(probs):
    return (probs / torch.empty_like(probs).exponential_()).argmax(1)


def _numpy_choice(probs):
    rows = probs.double().numpy()
    return torch.tensor([np.random.choice(len(row), p=row / row.sum()) for row in rows])


RIGHT = {
    "temperature_probs": [
        temperature_probs,
        _numpy_temperature,
        _rows(lambda row, temp: torch.softmax(row.float() / temp, 0)),
        lambda logits, temp: (torch.log_softmax(logits.float(), 1) / temp).softmax(1),
        lambda logits, temp: (logits.double() / temp).softmax(1).float(),
        lambda logits, temp: (logits.float().softmax(1).log() / temp).softmax(1),  # softmax(log p / T) is temperature
        lambda logits, temp: torch.distributions.Categorical(logits=logits.float() / temp).probs,
    ],
    "top_k_probs": [top_k_probs, _top_k_by_sort, _top_k_numpy, _rows(lambda row, k: top_k_probs(row[None], k)[0])],
    "nucleus_probs": [
        nucleus_probs,
        _nucleus_shifted_mask,
        _nucleus_loop,
        _nucleus_by_threshold,
        _rows(lambda row, p: nucleus_probs(row[None], p)[0]),
    ],
    "entropy": [
        entropy,
        lambda probs: torch.special.entr(probs).sum(1),
        lambda probs: -(probs * (probs + 1e-12).log()).sum(1),
        lambda probs: -(probs * probs.clamp(min=1e-30).log()).sum(-1),
        lambda probs: torch.distributions.Categorical(probs=probs.double()).entropy().float(),
        lambda probs: torch.tensor([-sum(x * np.log(x) for x in row if x > 0) for row in probs.tolist()]).float(),
    ],
    "draw": [
        draw,
        _inverse_cdf,
        _gumbel,
        _exponential_race,
        _numpy_choice,
        lambda probs: torch.distributions.Categorical(probs=probs).sample(),
        _rows(lambda row: torch.multinomial(row, 1)[0]),
    ],
}


def _mask_topk(logits, kept, filler=-INF):
    return torch.where(kept, logits, torch.full_like(logits, filler))


def _chosen(logits, k, largest=True):
    ids = logits.topk(min(k, logits.shape[1]), largest=largest).indices
    return torch.zeros_like(logits, dtype=torch.bool).scatter(1, ids, True)


def _no_renormalisation_topk(logits, k):
    return logits.float().softmax(1) * _chosen(logits.float(), k)


def _flattened_topk(logits, k):
    logits = logits.float()
    kth = logits.flatten().topk(min(k * len(logits), logits.numel())).values[-1]
    return logits.masked_fill(logits < kth, -INF).softmax(1)


def _nucleus(probs, keep, back=True, renormalise=True, descending=True):
    """A nucleus from a rule on (falling probabilities, their cumulative sum)."""
    falling, ids = probs.sort(1, descending=descending)
    kept = falling * keep(falling, falling.cumsum(1))
    if back:
        kept = torch.zeros_like(probs).scatter(1, ids, kept)
    return kept / kept.sum(1, keepdim=True) if renormalise else kept


def _guarded(mask, where):
    mask = mask.clone()
    mask[where] = True
    return mask


FIRST_COLUMN = (slice(None), 0)


def _in_sorted_order(probs, p):
    falling = probs.sort(1, descending=True).values
    kept = probs * ((falling.cumsum(1) - falling) < p)
    return kept / kept.sum(1, keepdim=True)


def _in_place(logits, temp):
    logits /= temp
    return logits.softmax(1)


def _one_number_for_all(probs):
    return torch.searchsorted(probs.cumsum(1), torch.rand(1).expand(len(probs), 1).contiguous()).squeeze(1).clamp(max=7)


def _reseeded(probs):
    torch.manual_seed(0)
    return draw(probs)


def _quotas(probs):
    """Systematic resampling: the right share of every token, dealt out in a random order."""
    u = (torch.randperm(len(probs)) + 0.5) / len(probs)
    return torch.searchsorted(probs.double().cumsum(1), u[:, None].double()).squeeze(1).clamp(max=probs.shape[1] - 1)


WRONG = {
    "temperature_probs": {
        "multiplied": lambda z, t: (z.float() * t).softmax(1),
        "ignored": lambda z, t: z.float().softmax(1),
        "twice": lambda z, t: (z.float() / t / t).softmax(1),
        "probs over T": lambda z, t: z.float().softmax(1) / t,
        "power of T": lambda z, t: z.float().softmax(1) ** t / (z.float().softmax(1) ** t).sum(1, keepdim=True),
        "over the batch": lambda z, t: (z.float() / t).softmax(0),
        "softmax twice": lambda z, t: (z.float() / t).softmax(1).softmax(1),
        "softmax of probabilities": lambda z, t: (z.float().softmax(1) / t).softmax(1),
        "overflow": lambda z, t: (z.float() / t).exp() / (z.float() / t).exp().sum(1, keepdim=True),
        "half precision": lambda z, t: (z / t).softmax(1).float(),
        "dtype": lambda z, t: (z / t).softmax(1),
        "double": lambda z, t: (z.double() / t).softmax(1),
        "in place": _in_place,
        "squeezed": lambda z, t: (z.float() / t).softmax(1).squeeze(0),
        "hot by one tenth": lambda z, t: (z.float() / (1.1 * t)).softmax(1),
        "log-probabilities": lambda z, t: (z.float() / t).log_softmax(1),
    },
    "top_k_probs": {
        "k + 1": lambda z, k: top_k_probs(z, k + 1),
        "k - 1": lambda z, k: top_k_probs(z, max(1, k - 1)),
        "smallest": lambda z, k: _mask_topk(z.float(), _chosen(z.float(), k, largest=False)).softmax(1),
        "filler 0": lambda z, k: _mask_topk(z.float(), _chosen(z.float(), k), 0.0).softmax(1),
        "no renormalisation": _no_renormalisation_topk,
        "over the batch": _flattened_topk,
        "k > V crash": lambda z, k: _mask_topk(
            z.float(), torch.zeros_like(z, dtype=torch.bool).scatter(1, z.float().topk(k).indices, True)
        ).softmax(1),
        "ties dropped": lambda z, k: z.float().masked_fill(
            z.float() <= z.float().sort(1, descending=True).values[:, min(k, z.shape[1] - 1)][:, None], -INF
        ).softmax(1),
        "not cut": lambda z, k: z.float().softmax(1),
        "first k": lambda z, k: _mask_topk(z.float(), torch.arange(z.shape[1]).expand(z.shape) < k).softmax(1),
    },
    "nucleus_probs": {
        "exclusive": lambda q, p: _nucleus(q, lambda f, c: _guarded(c <= p, FIRST_COLUMN)),
        "exclusive, unguarded": lambda q, p: _nucleus(q, lambda f, c: c <= p),
        "one too many": lambda q, p: _nucleus(q, lambda f, c: (c - f - torch.roll(f, 1, 1) * (c > f)) < p),
        "ascending": lambda q, p: _nucleus(q, lambda f, c: (c - f) < p, descending=False),
        "sorted mask": _in_sorted_order,
        "sorted order": lambda q, p: _nucleus(q, lambda f, c: (c - f) < p, back=False),
        "no renormalisation": lambda q, p: _nucleus(q, lambda f, c: (c - f) < p, renormalise=False),
        "first row guarded": lambda q, p: _nucleus(q, lambda f, c: _guarded(c <= p, 0)),
        "tail mass": lambda q, p: nucleus_probs(q, max(1 - p, 1e-6)),
        "threshold": lambda q, p: (q * (q >= 1 - p)) / (q * (q >= 1 - p)).sum(1, keepdim=True),
        "not cut": lambda q, p: q,
    },
    "entropy": {
        "bits": lambda q: entropy(q) / np.log(2),
        "NaN at 0": lambda q: -(q * q.log()).sum(1),
        "mean over the batch": lambda q: entropy(q).mean(),
        "sign": lambda q: -entropy(q),
        "mean over tokens": lambda q: entropy(q) / q.shape[1],
        "perplexity": lambda q: entropy(q).exp(),
        "large epsilon": lambda q: -(q * (q + 1e-3).log()).sum(1),
        "over the batch": lambda q: -torch.xlogy(q, q).sum(0),
        "squeezed": lambda q: entropy(q).squeeze(),
        "kept dimension": lambda q: entropy(q)[:, None],
        "double": lambda q: entropy(q.double()),
        "Gini": lambda q: 1 - (q**2).sum(1),
    },
    "draw": {
        "arg max": lambda q: q.argmax(1),
        "uniform over the kept": lambda q: torch.multinomial((q > 0).float(), 1).squeeze(1),
        "log-probabilities": lambda q: torch.multinomial(-q.clamp(min=1e-9).log(), 1).squeeze(1),
        "one number for all rows": _one_number_for_all,
        "reseeded": _reseeded,
        "quotas": _quotas,
        "Gumbel sign": lambda q: (q.log() + torch.log(-torch.log(torch.rand_like(q)))).argmax(1),
        "one-hot": lambda q: torch.nn.functional.one_hot(draw(q), q.shape[1]),
        "kept dimension": lambda q: torch.multinomial(q, 1),
        "squeezed": lambda q: torch.multinomial(q, 1).squeeze(),
        "int32": lambda q: draw(q).int(),
        "rank": lambda q: draw(q.sort(1, descending=True).values),
        "first row for all": lambda q: torch.multinomial(q[0], len(q), replacement=True),
        "leaky": lambda q: torch.multinomial(q + 0.002, 1).squeeze(1),
    },
}
NONSENSE = {
    "None": lambda *_: None,
    "text": lambda *_: "готово",
    "list": lambda *_: [1, 2, 3],
    "number": lambda *_: 3,
    "True": lambda *_: True,
    "empty tensor": lambda *_: torch.empty(0),
    "scalar tensor": lambda *_: torch.tensor(2.5),
    "NaN": lambda x, *_: torch.full_like(x, float("nan")) if isinstance(x, torch.Tensor) else float("nan"),
    "array": lambda *_: np.zeros(3),
    "pair of text": lambda *_: ("a", "b"),
    "pair of None": lambda *_: (None, None),
}
