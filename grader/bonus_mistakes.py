"""The bonus tasks, which carry no points: right answers in float64 and known mistakes, for the visible checks alone."""

from collections.abc import Callable

import torch
from torch import Tensor

from grader.misconceptions.base import Misconception
from grader.misconceptions.catalogue import Catalogue, forms

INF = float("inf")


def shares(kept: Tensor) -> Tensor:
    """Rows divided by their sums."""
    return kept / kept.sum(dim=-1, keepdim=True)


def known(task: str, right: Callable[..., Tensor], mistakes: dict[str, tuple[Callable[..., Tensor], ...]]) -> Catalogue:
    """A catalogue whose sentences are those of `course_lib.check_hints`."""
    found: tuple[Misconception, ...] = ()
    for name, imitations in mistakes.items():
        found += forms(name, task, "", *imitations)
    return Catalogue(task, found, right)


def single(right: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """In float64, returned as float32."""
    return lambda rows, *args: right(rows.double(), *args).float()


# --- min-p (Nguyen et al., 2024)


def min_p(probs: Tensor, p: float) -> Tensor:
    """Tokens at least p times as probable as the best one."""
    return shares(probs * (probs >= p * probs.amax(dim=-1, keepdim=True)))


MIN_P = {
    "min-p-absolute": (lambda q, p: shares(q * (q >= p)),),
    "min-p-nucleus": (lambda q, p: nucleus(q, p),),
    "min-p-of-all": (lambda q, p: shares(q * (q >= p * q.max())),),
    "min-p-over-batch": (lambda q, p: shares(q * (q >= p * q.amax(dim=0, keepdim=True))),),
    "min-p-strict": (lambda q, p: shares(q * (q > p * q.amax(dim=-1, keepdim=True))),),
    "min-p-inverted": (
        lambda q, p: shares(q * (q <= p * q.amax(dim=-1, keepdim=True))),
        lambda q, p: shares(q * (q >= (1 - p) * q.amax(dim=-1, keepdim=True))),
    ),
    "min-p-of-mean": (lambda q, p: shares(q * (q >= p * q.mean(dim=-1, keepdim=True))),),
    "not-renormalised": (lambda q, p: q * (q >= p * q.amax(dim=-1, keepdim=True)),),
    "normalised-over-batch": (lambda q, p: _of_sum(q * (q >= p * q.amax(dim=-1, keepdim=True))),),
    "mask": (lambda q, p: (q >= p * q.amax(dim=-1, keepdim=True)).float(),),
    "softmax-again": (lambda q, p: (min_p(q, p)).softmax(dim=-1),),
    "not-cut": (lambda q, p: q.clone(),),
    "squeezed": (lambda q, p: min_p(q, p).squeeze(0),),
}


def nucleus(probs: Tensor, p: float) -> Tensor:
    """The nucleus, to tell it from what is asked for."""
    falling, ids = probs.sort(dim=-1, descending=True)
    kept = falling * ((falling.cumsum(dim=-1) - falling < p) | (p == 1))
    return shares(torch.zeros_like(probs).scatter(-1, ids, kept))


def _of_sum(kept: Tensor) -> Tensor:
    return kept / kept.sum()


# --- locally typical sampling (Meister et al., 2022)


def surprise(probs: Tensor) -> Tensor:
    """−ln p; infinite where p is 0."""
    return -probs.log()


def spread(probs: Tensor) -> Tensor:
    """Entropy in nats: [B, 1]."""
    return -torch.xlogy(probs, probs).sum(dim=-1, keepdim=True)


def typical(
    probs: Tensor,
    tau: float,
    far: Callable[[Tensor], Tensor] = lambda q: (surprise(q) - spread(q)).abs(),
    keeps: Callable[[Tensor, Tensor, float], Tensor] = lambda before, mass, tau: (before < tau) | (tau == 1),
) -> Tensor:
    """Tokens whose surprise is nearest to the entropy, until their mass reaches tau."""
    ids = far(probs).argsort(dim=-1, stable=True)
    sorted_probs = probs.gather(-1, ids)
    mass = sorted_probs.cumsum(dim=-1)
    kept = sorted_probs * keeps(mass - sorted_probs, mass, tau)
    return torch.zeros_like(probs).scatter(-1, ids, kept)


def right_typical(probs: Tensor, tau: float) -> Tensor:
    """The right answer."""
    return shares(typical(probs, tau))


TYPICAL = {
    "typical-nucleus": (lambda q, t: nucleus(q, t),),
    "typical-no-modulus": (
        lambda q, t: shares(typical(q, t, lambda q: surprise(q) - spread(q))),
        lambda q, t: shares(typical(q, t, lambda q: spread(q) - surprise(q))),
    ),
    "typical-farthest": (lambda q, t: shares(typical(q, t, lambda q: -(surprise(q) - spread(q)).abs())),),
    "typical-probability": (lambda q, t: shares(typical(q, t, lambda q: (q - spread(q)).abs())),),
    "typical-log-sign": (lambda q, t: shares(typical(q, t, lambda q: (q.log() - spread(q)).abs())),),
    "typical-bits": (
        lambda q, t: shares(typical(q, t, lambda q: (-q.log2() - spread(q)).abs())),
        lambda q, t: shares(typical(q, t, lambda q: (surprise(q) - spread(q) / 0.6931471805599453).abs())),
    ),
    "typical-exclusive": (
        lambda q, t: shares(typical(q, t, keeps=lambda before, mass, tau: (mass <= tau) | (before == 0))),
        lambda q, t: shares(typical(q, t, keeps=lambda before, mass, tau: mass <= tau)),
    ),
    "typical-nan-at-zero": (
        lambda q, t: shares(typical(q, t, lambda q: (surprise(q) + (q * q.log()).sum(dim=-1, keepdim=True)).abs())),
        lambda q, t: q * float("nan") if (q == 0).any() else right_typical(q, t),
    ),
    "typical-sorted-order": (lambda q, t: shares(_in_order(q, t)),),
    "typical-sorted-mask": (lambda q, t: shares(q * (_in_order(q, t) > 0)),),
    "typical-mean-entropy": (lambda q, t: shares(typical(q, t, lambda q: (surprise(q) - spread(q).mean()).abs())),),
    "typical-tail-mass": (lambda q, t: shares(typical(q, 1 - t)),),
    "not-renormalised": (lambda q, t: typical(q, t),),
    "normalised-over-batch": (lambda q, t: _of_sum(typical(q, t)),),
    "not-cut": (lambda q, t: q.clone(),),
    "squeezed": (lambda q, t: right_typical(q, t).squeeze(0),),
}


def _in_order(probs: Tensor, tau: float) -> Tensor:
    ids = (surprise(probs) - spread(probs)).abs().argsort(dim=-1, stable=True)
    ordered = probs.gather(-1, ids)
    return ordered * ((ordered.cumsum(dim=-1) - ordered < tau) | (tau == 1))


# --- repetition penalty (Keskar et al., 2019)


def seen_tokens(logits: Tensor, ids: Tensor) -> Tensor:
    """Which tokens stand in each row of ids: bool[B, V]."""
    return torch.zeros(logits.shape, dtype=torch.bool).scatter(1, ids, True)


def penalised(logits: Tensor, ids: Tensor, penalty: float) -> Tensor:
    """Positive logits of seen tokens are divided by the penalty, negative ones multiplied."""
    changed = torch.where(logits > 0, logits / penalty, logits * penalty)
    return torch.where(seen_tokens(logits, ids), changed, logits)


def _each_time(logits: Tensor, ids: Tensor, penalty: float) -> Tensor:
    result = logits.clone()
    for row, tokens in enumerate(ids.tolist()):
        for token in tokens:
            value = result[row, token]
            result[row, token] = value / penalty if value > 0 else value * penalty
    return result


def _any_row(logits: Tensor, ids: Tensor) -> Tensor:
    return seen_tokens(logits, ids).any(dim=0, keepdim=True).expand(logits.shape)


def _in_place(logits: Tensor, ids: Tensor, penalty: float) -> Tensor:
    logits.copy_(penalised(logits, ids, penalty))
    return logits


PENALTY = {
    "penalty-sign": (lambda z, ids, r: torch.where(seen_tokens(z, ids), z.float() / r, z.float()),),
    "penalty-reward": (
        lambda z, ids, r: penalised(z.float(), ids, 1 / r),
        lambda z, ids, r: torch.where(seen_tokens(z, ids), z.float() * r, z.float()),
    ),
    "penalty-subtracted": (lambda z, ids, r: z.float() - r * seen_tokens(z, ids),),
    "penalty-each-time": (lambda z, ids, r: _each_time(z.float(), ids, r),),
    "penalty-all-tokens": (lambda z, ids, r: torch.where(z > 0, z.float() / r, z.float() * r),),
    "penalty-unseen": (
        lambda z, ids, r: torch.where(seen_tokens(z, ids), z.float(), torch.where(z > 0, z.float() / r, z.float() * r)),
    ),
    "penalty-last-token": (lambda z, ids, r: penalised(z.float(), ids[:, -1:], r),),
    "penalty-rows-mixed": (
        lambda z, ids, r: torch.where(_any_row(z, ids), torch.where(z > 0, z.float() / r, z.float() * r), z.float()),
    ),
    "penalty-forbidden": (lambda z, ids, r: z.float().masked_fill(seen_tokens(z, ids), -INF),),
    "penalty-probs": (lambda z, ids, r: penalised(z.float(), ids, r).softmax(dim=-1),),
    "half-precision": (
        lambda z, ids, r: penalised(z, ids, r),
        lambda z, ids, r: penalised(z, ids, r).float(),
    ),
    "in-place": (_in_place,),
    "squeezed": (lambda z, ids, r: penalised(z.float(), ids, r).squeeze(0),),
}

CATALOGUES = {
    "min_p_probs": known("min_p_probs", single(min_p), MIN_P),
    "typical_probs": known("typical_probs", single(right_typical), TYPICAL),
    "repetition_penalty": known("repetition_penalty", lambda z, ids, r: penalised(z.double(), ids, r).float(), PENALTY),
}
