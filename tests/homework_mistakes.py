"""Wrong answers to the homework for the tests: {task: {name of the mistake: function}}."""

import numpy as np
import torch
from homework_answers import INF, draw, entropy, nucleus_probs, top_k_probs


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
        "ties dropped": lambda z, k: (
            z.float()
            .masked_fill(
                z.float() <= z.float().sort(1, descending=True).values[:, min(k, z.shape[1] - 1)][:, None], -INF
            )
            .softmax(1)
        ),
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
