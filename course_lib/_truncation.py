# cython: annotation_typing=False
"""Which tokens are kept: min-p, nucleus, typical. In place, on a few rows at a time, and without sorting them.

Nucleus and typical sampling are one rule with two orders: tokens are taken by falling key while the mass strictly
before them is < share. The key is the probability, or how near the surprise comes to the entropy.
"""

from __future__ import annotations

import torch
from torch import Tensor

PROBED = 1024  # tokens of a row that the search for the edge begins with
FEW = 32  # candidates for the edge that are sorted
BITS = 31  # of a float32 without its sign


def keep_min_p(probs: Tensor, min_p: float) -> None:
    """Set to 0, in place, what is less probable than ``min_p`` times the best (Nguyen et al., 2024)."""
    probs.masked_fill_(probs < min_p * probs.amax(dim=1, keepdim=True), 0.0)


def keep_nucleus(probs: Tensor, p: float, spare: Tensor, waits: bool) -> None:
    """Set to 0, in place, what is not in the smallest set of top tokens whose mass reaches p (Holtzman et al., 2019).

    ``spare`` is a buffer like ``probs``. ``waits`` says whether the host may look at numbers: not on a GPU.
    """
    _keep_first(probs, probs, p, spare, waits)


def keep_nucleus_of_falling(probs: Tensor, p: float) -> None:
    """The same in rows whose probabilities fall."""
    mass = probs.cumsum(dim=1)
    probs.masked_fill_(mass.sub(probs) >= p * mass[:, -1:], 0.0)


def keep_typical(probs: Tensor, log_probs: Tensor, share: float, spare: Tensor, waits: bool) -> None:
    """Set to 0, in place, what is not in the smallest set of tokens of typical surprise whose mass reaches ``share``.

    A token is the more typical the nearer its surprise -ln p comes to the entropy H of the row (Meister et al., 2022).
    ``log_probs``[b, V] are finite, also where a probability is 0, and come back as the keys -|-ln p - H|.
    """
    entropy = torch.linalg.vecdot(probs, log_probs).neg_().unsqueeze(1)
    keys = log_probs.add_(entropy).abs_().neg_()
    _keep_first(keys, probs, share, spare, waits)


def _keep_first(keys: Tensor, probs: Tensor, share: float, spare: Tensor, waits: bool) -> None:
    if not waits:
        _keep_by_bits(keys, probs, share)
        return
    edge = _Edge(keys, probs, share, spare)
    edge.guess()
    edge.close_in()
    edge.cut()


def _keep_by_bits(keys: Tensor, probs: Tensor, share: float) -> None:
    """The edge bit by bit: the order of floats of one sign is that of their bits. The host waits for nothing.

    The largest threshold such that the keys at or above it reach the share of the mass; among keys equal to it the
    first ones that are needed stay.
    """
    bits = keys.abs().view(torch.int32)
    if keys is not probs:  # falling keys -|x|
        bits.neg_()
    target = share * probs.sum(dim=1, keepdim=True)
    edge = torch.full_like(target, 0 if keys is probs else -(2**BITS - 1), dtype=torch.int32)
    for bit in reversed(range(BITS)):
        higher = edge + (1 << bit)
        reached = (probs * (bits >= higher)).sum(dim=1, keepdim=True) >= target
        edge = torch.where(reached, higher, edge)
    ahead = (probs * (bits > edge)).sum(dim=1, keepdim=True)
    equal = torch.where(bits == edge, probs, 0.0)
    before = equal.cumsum(dim=1, dtype=torch.float64).sub_(equal).add_(ahead)
    probs.masked_fill_((bits < edge) | ((bits == edge) & (before >= target)), 0.0)


class _Edge:
    """Two keys for each row, `low` and `high`: what is above `high` is kept, what is not above `low` is not.

    ``ahead_low`` and ``ahead_high`` are the masses strictly above them, ``n_low`` and ``n_high`` the numbers of tokens.
    They are closed in from both sides, beginning with a guess from a part of the vocabulary, until few tokens are left
    between, and those are looked at one by one.
    """

    def __init__(self, keys: Tensor, probs: Tensor, share: float, spare: Tensor):
        self.keys, self.probs, self.spare, self.share = keys, probs, spare, share
        self.ahead_low = probs.sum(dim=1, keepdim=True)
        self.target = share * self.ahead_low
        self.floor = torch.mul(keys, probs > 0, out=spare).amin(dim=1, keepdim=True)  # the last key that has mass
        self.low = self.floor - 1.0
        self.n_low = torch.gt(keys, self.low, out=spare).sum(dim=1, keepdim=True)
        self.high = keys.amax(dim=1, keepdim=True)
        self.ahead_high = torch.zeros_like(self.ahead_low)
        self.n_high = torch.zeros_like(self.ahead_low)

    def guess(self) -> None:
        """Where the edge is among every n-th token, and a little to the side where it must be then."""
        step = max(1, self.keys.shape[1] // PROBED)
        some, order = self.keys[:, ::step].sort(dim=1, descending=True)
        mass = self.probs[:, ::step].gather(1, order).cumsum(dim=1)
        place = torch.searchsorted(mass, self.share * mass[:, -1:])
        last = some.shape[1] - 1
        self._move(some.gather(1, place.clamp(max=last)))
        margin = int(some.shape[1] ** 0.5)
        side = torch.where(self.n_high > 0, margin, -margin)
        self._move(some.gather(1, (place + side).clamp_(0, last)))

    def close_in(self) -> None:
        """Until few are left between, or nothing but equal ones."""
        for step in range(1, 200):
            if bool((self.n_low - self.n_high).max() <= FEW):
                return
            share = (self.ahead_low - self.target) / (self.ahead_low - self.ahead_high)
            low = torch.maximum(self.low, self.floor)
            middle = low + (self.high - low) * (share.clamp_(0.02, 0.98) if step % 4 else 0.5)
            if bool(((middle <= self.low) | (middle >= self.high) | (self.n_low - self.n_high <= FEW)).all()):
                return
            self._move(middle)

    def _move(self, key: Tensor) -> None:
        """Make it one of the two, whichever it is, where it is nearer to the edge."""
        above = torch.gt(self.keys, key, out=self.spare)
        count = above.sum(dim=1, keepdim=True)
        ahead = torch.linalg.vecdot(above, self.probs).unsqueeze(1)
        inside = ahead < self.target
        higher, lower = inside & (key < self.high), ~inside & (key > self.low)
        for name, value in (("high", key), ("ahead_high", ahead), ("n_high", count)):
            setattr(self, name, torch.where(higher, value, getattr(self, name)))
        for name, value in (("low", key), ("ahead_low", ahead), ("n_low", count)):
            setattr(self, name, torch.where(lower, value, getattr(self, name)))

    def cut(self) -> None:
        """Set to 0 what is out, those between looked at one by one, those with the larger key first."""
        tied = (self.n_low - self.n_high > FEW).squeeze(1)
        if tied.any():
            self._cut_equal(tied)
        between = int((self.n_low - self.n_high)[~tied].max()) if not tied.all() else 1
        self.spare.copy_(self.keys).masked_fill_(self.keys > self.high, -torch.inf)
        keys, ids = self.spare.topk(min(max(between, 1), self.keys.shape[1]), dim=1)
        mass = self.probs.gather(1, ids)
        ahead = self.ahead_high + mass.cumsum(dim=1).sub_(mass)
        out = (ahead >= self.target) & (keys > -torch.inf) & ~tied.unsqueeze(1)
        keeps = torch.gt(self.keys, self.low, out=self.spare).scatter_(
            1, ids, torch.where(out, 0.0, 1.0) * self.spare.gather(1, ids)
        )
        self.probs.mul_(keeps)

    def _cut_equal(self, tied: Tensor) -> None:
        """Rows with many equal tokens between: the first that are needed stay. Any choice among equals is right."""
        for row in tied.nonzero().squeeze(1).tolist():
            keys = self.keys[row]
            ids = ((keys > self.low[row]) & (keys <= self.high[row])).nonzero().squeeze(1)
            mass = self.probs[row, ids].double()
            ahead = self.ahead_high[row] + mass.cumsum(dim=0) - mass
            self.probs[row, ids[ahead >= self.target[row]]] = 0.0
