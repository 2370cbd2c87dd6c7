# cython: annotation_typing=False
"""Which tokens are kept: top-k, min-p, nucleus, typical. In place, on a few rows at a time.

A row is sorted by value alone, without the ids: NumPy does that with vector instructions, many times faster than
torch.sort. What is below the value at the edge is cut; among tokens equal to it as many stay as are needed.
On a GPU the host never looks at a number, because it would have to wait for it.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from course_lib import _sampler_checks as _checks

CHUNK = 128  # a place in a row is looked for among chunks first, then in the chunk
NOTHING = -1e30  # stands for the logarithm of 0, so that 0 * log 0 is 0


def largest(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The k largest of each row, falling: values[b, k] and their columns[b, k].

    They all lie in those k groups of columns that have the largest maxima, so only these are searched.
    """
    vocabulary = logits.shape[1]
    size = math.isqrt(vocabulary // k)  # of a group: as many groups as candidates then
    groups = vocabulary // size
    if size < 4 or not _checks.may_look(logits):
        return logits.topk(k, dim=1)
    maxima = logits[:, : size * groups].unflatten(1, (size, groups)).amax(dim=1)  # group g: columns g, g + groups, …
    best = maxima.topk(k, dim=1, sorted=False).indices.unsqueeze(2)
    ids = (best + torch.arange(0, size * groups, groups)).flatten(1)
    rest = torch.arange(size * groups, vocabulary).expand(len(logits), -1)
    ids = torch.cat([ids, rest], dim=1)
    values, places = logits.gather(1, ids).topk(k, dim=1)
    return values, ids.gather(1, places)


def keep_top_k(probs: Tensor, k: int, spare: list[Tensor]) -> None:
    """Set to 0, in place, all but the k most probable; ``spare`` are three buffers like ``probs``."""
    if _checks.may_look(probs):
        spare[0].copy_(probs).numpy().partition(probs.shape[1] - k, axis=1)
        edge = spare[0][:, -k].unsqueeze(1).clone()
    else:
        edge = probs.topk(k, dim=1).values[:, -1:]
    _keep(probs, edge, torch.full_like(edge, k), probs, spare)


def keep_min_p(probs: Tensor, min_p: float, spare: list[Tensor]) -> None:
    """Set to 0, in place, what is less probable than ``min_p`` times the best (Nguyen et al., 2024)."""
    probs.mul_(torch.ge(probs, min_p * probs.amax(dim=1, keepdim=True), out=spare[0]))


def keep_nucleus(probs: Tensor, p: float, spare: list[Tensor]) -> None:
    """Set to 0, in place, what is not in the smallest set of top tokens of mass p (Holtzman et al., 2019)."""
    if _checks.may_look(probs):
        rising = spare[0].copy_(probs)
        rising.numpy().sort(axis=1)
    else:
        rising = probs.sort(dim=1).values
    last = first_above(rising, 1 - p)  # the mass from below through it exceeds 1 - p: so the mass above it is < p
    _keep(probs, rising.gather(1, last), probs.shape[1] - last, probs, spare)


def keep_typical(probs: Tensor, scores: Tensor, share: float, spare: list[Tensor]) -> None:
    """Set to 0, in place, what is not in the smallest set of tokens of typical surprise whose mass reaches ``share``.

    A token is the more typical the nearer its surprise -ln p comes to the entropy H of the row (Meister et al., 2022).
    ``scores``[b, V] are ln p but for a constant. The probs come back divided by their former sum.
    """
    probs.div_(probs.sum(dim=1, keepdim=True))
    best = scores.amax(dim=1, keepdim=True) - probs.amax(dim=1, keepdim=True).log()
    surprise = torch.sub(best, scores, out=spare[2]).clamp_(max=-NOTHING)
    entropy = torch.linalg.vecdot(probs, surprise).unsqueeze(1)
    nearness = surprise.sub_(entropy).abs_().neg_()
    rising, mass = _sorted_with(nearness, probs)
    last = first_above(mass, 1 - share)
    edge, count = rising.gather(1, last), probs.shape[1] - last
    _keep(nearness, edge, count, probs, spare)


def _sorted_with(keys: Tensor, mass: Tensor) -> tuple[Tensor, Tensor]:
    """Keys <= 0 rising, and the masses in their order: [b, V] each.

    On the CPU both are put into one whole number, the key in its upper half: the bits of a float order as it does.
    """
    if not _checks.may_look(keys):
        rising, order = keys.sort(dim=1)
        return rising, mass.gather(1, order)
    pairs = torch.empty(*keys.shape, 2, dtype=torch.int32)
    torch.neg(keys.abs().view(torch.int32), out=pairs[..., 1])
    pairs[..., 0] = mass.view(torch.int32)
    pairs.view(torch.int64).squeeze(2).numpy().sort(axis=1)
    return pairs[..., 1].neg().view(torch.float32).neg(), pairs[..., 0].contiguous().view(torch.float32)


def _keep(keys: Tensor, edge: Tensor, count: Tensor, probs: Tensor, spare: list[Tensor]) -> None:
    """Set to 0, in place, the probs of all but ``count``[b, 1] tokens whose keys are at or above the edge[b, 1].

    More than that are there only if several are equal to the edge: then the first of them stay. Any choice is right.
    """
    kept = torch.ge(keys, edge, out=spare[0])
    surplus = kept.sum(dim=1, keepdim=True) - count
    if not _checks.may_look(probs) or bool((surplus > 0).any()):
        equal = torch.eq(keys, edge, out=spare[1])
        n_equal = equal.sum(dim=1, keepdim=True)
        out = first_above(equal, (n_equal - surplus + 0.5) / n_equal).where(surplus > 0, keys.shape[1])
        first = int(out.min()) if _checks.may_look(probs) else 0  # no row has anything to drop before
        columns = torch.arange(first, keys.shape[1], device=keys.device, dtype=torch.float32)  # exact: below 2**24
        past = torch.ge(columns, out.float(), out=spare[2][:, first:])  # where the keys may be
        kept[:, first:].sub_(equal[:, first:].mul_(past))
    probs.mul_(kept)


def first_above(weights: Tensor, share: Tensor | float) -> Tensor:
    """The first column of each row up to which more than ``share`` of its weight has come: [b, V] -> int64[b, 1].

    A column of weight 0 is never the first. A wide row is summed by chunks, and only the chunk that is hit is summed
    column by column.
    """
    vocabulary = weights.shape[1]
    n = vocabulary // CHUNK
    if n < 4:
        cdf = weights.cumsum(dim=1)
        return _search(cdf, share * cdf[:, -1:])
    sums = weights[:, : n * CHUNK].unflatten(1, (n, CHUNK)).sum(dim=2)
    cdf = torch.cat([sums, weights[:, n * CHUNK :].sum(dim=1, keepdim=True)], dim=1).cumsum(dim=1)  # [b, n + 1]
    reached = share * cdf[:, -1:]
    chunk = _search(cdf, reached)
    columns = chunk * CHUNK + torch.arange(CHUNK, device=weights.device)
    inner = weights.gather(1, columns.clamp(max=vocabulary - 1)).mul_(columns < vocabulary).cumsum(dim=1)
    before = torch.nn.functional.pad(cdf, (1, 0)).gather(1, chunk)
    column = chunk * CHUNK + _search(inner, (reached - before).clamp_(min=0))
    return column.clamp_(max=vocabulary - 1)  # NaN leads past the end


def _search(cdf: Tensor, reached: Tensor) -> Tensor:
    """The first column of each row that is above ``reached``[b, 1]; rounding, or NaN, may not push it out."""
    total = cdf[:, -1:]
    within = torch.minimum(reached, torch.nextafter(total, torch.zeros_like(total)))
    return torch.searchsorted(cdf, within, right=True).clamp_(max=cdf.shape[1] - 1)
