"""The hidden sampler: how the next token is chosen. Fast form; the textbook form is the homework's model answer.

On the CPU a vocabulary of 30,000 is more than a core's cache holds for a few hundred rows, and waiting for memory would
cost more than computing. So the rows are handled a few at a time, in two buffers that stay in the cache.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterator

import torch
from torch import Tensor

PROB_MODES = ("temperature", "topk")
SAMPLE_MODES = ("greedy", "random", "nucleus")
BLOCK = 1 << 18  # probabilities that are worked on at a time: 1 MB in float32
CHUNK = 128  # the inverse CDF first finds the chunk of the vocabulary, then the token in it
PROBED = 1024  # tokens of a row that the search for the edge of its nucleus begins with
FEW = 32  # candidates for the edge that are sorted
NOTHING = -1e30  # the score of a column that is no token: its weight is 0, and 0 * -1e30 too
FLOAT32 = torch.finfo(torch.float32)


class Sampler:
    """Draws the next token of every row from its logits, and tells how uncertain the draw was.

    ``prob_mode`` says which tokens may come: "temperature" all of them, "topk" the ``k`` most probable (Fan et al.,
    2018). ``sample_mode`` says how one is picked: "greedy" the most probable, "random" by probability, "nucleus" by
    probability from the smallest set of top tokens whose mass reaches ``p`` (Holtzman et al., 2019). The logits are
    divided by ``temp`` before anything is cut.

    Raises ValueError for a temp that is not a finite positive number, k < 1, p outside (0, 1] or an unknown mode.
    """

    def __init__(
        self,
        prob_mode: str = "temperature",
        sample_mode: str = "greedy",
        temp: float = 1.0,
        k: int | None = None,
        p: float | None = None,
    ):
        if prob_mode not in PROB_MODES:
            raise ValueError(f"prob_mode must be one of {', '.join(PROB_MODES)}, not {prob_mode!r}")
        if sample_mode not in SAMPLE_MODES:
            raise ValueError(f"sample_mode must be one of {', '.join(SAMPLE_MODES)}, not {sample_mode!r}")
        if not _is_number(temp) or not math.isfinite(temp) or temp <= 0:
            raise ValueError(
                f"temp must be a finite number above 0, not {temp!r}; for arg max use sample_mode='greedy'"
            )
        if k is None and prob_mode == "topk":
            raise ValueError("k must be given with prob_mode='topk', it is None")
        if k is not None and (not isinstance(k, numbers.Integral) or isinstance(k, bool) or k < 1):
            raise ValueError(f"k must be a whole number of at least 1, not {k!r}")
        if p is None and sample_mode == "nucleus":
            raise ValueError("p must be given with sample_mode='nucleus', it is None")
        if p is not None and (not _is_number(p) or not 0 < p <= 1):
            raise ValueError(f"p must be a number in (0, 1], not {p!r}")
        self.prob_mode, self.sample_mode = prob_mode, sample_mode
        self.temp, self.k, self.p = float(temp), None if k is None else int(k), p

    def __repr__(self) -> str:
        settings = f"temp={self.temp:g}"
        settings += f", k={self.k}" if self.prob_mode == "topk" else ""
        settings += f", p={self.p:g}" if self.sample_mode == "nucleus" else ""
        return f"Sampler({self.prob_mode}, {self.sample_mode}, {settings})"

    @torch.no_grad()
    def sample(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """One token a row: logits[B, V] -> (tokens int64[B], entropy float32[B]).

        The entropy (nats) is that of the distribution drawn from, after temperature and truncation; greedy has 0.
        Both are on the device of the logits, which are left as they are. Raises ValueError if the logits are not 2-D
        or a row has a NaN, +inf or no finite entry.
        """
        _check_shape(logits)
        tokens = torch.empty(len(logits), dtype=torch.int64, device=logits.device)
        entropy = torch.zeros(len(logits), device=logits.device)
        if self.sample_mode == "greedy":
            _peaks(logits)
            return torch.argmax(logits, dim=1, out=tokens), entropy
        for rows, scores, probs, ids in self._blocks(logits):
            entropy[rows] = _entropy(scores, probs)
            column = _inverse_cdf(probs)
            tokens[rows] = column if ids is None else ids.gather(1, column.unsqueeze(1)).squeeze(1)
        return tokens, entropy

    @torch.no_grad()
    def probs(self, logits: Tensor) -> Tensor:
        """The distribution that ``sample`` draws from: logits[B, V] -> probs float32[B, V], rows sum to 1."""
        _check_shape(logits)
        result = torch.zeros(logits.shape, device=logits.device)
        if self.sample_mode == "greedy":
            _peaks(logits)
            return result.scatter_(1, logits.argmax(dim=1, keepdim=True), 1.0)
        for rows, _, probs, ids in self._blocks(logits):
            probs = probs / probs.sum(dim=1, keepdim=True)
            result[rows] = probs[:, : logits.shape[1]] if ids is None else result[rows].scatter_(1, ids, probs)
        return result

    def _blocks(self, logits: Tensor) -> Iterator[tuple[slice, Tensor, Tensor, Tensor | None]]:
        """A few rows at a time: (which, scores, probs, ids); column j is token ids[:, j], or j if ids is None.

        The scores are log-probabilities but for a constant; the probs may lack a factor, and are 0 where the score
        counts for nothing. Both are buffers, good until the next block.
        """
        vocabulary = logits.shape[1]
        is_cut = self.prob_mode == "topk" and self.k < vocabulary
        width = self.k if is_cut else vocabulary
        width += -width % CHUNK if width > 4 * CHUNK else 0
        size = len(logits) if logits.is_cuda else max(1, BLOCK // width)
        scores = torch.full((min(size, len(logits)), width), NOTHING, device=logits.device)
        probs = torch.empty_like(scores)
        spare = torch.empty_like(scores) if self.sample_mode == "nucleus" and self.p < 1 and not is_cut else None
        inverse = 1 / min(max(self.temp, 1 / FLOAT32.max), 1 / FLOAT32.tiny)
        for start in range(0, len(logits), size):
            rows = slice(start, min(start + size, len(logits)))
            part, ids = logits[rows], None
            if is_cut:
                part, ids = part.topk(self.k, dim=1)
            peak = _peaks(part, start)
            s, q = scores[: len(part)], probs[: len(part)]
            used = s[:, : part.shape[1]]
            torch.sub(part, peak, out=used) if part.dtype == torch.float32 else used.copy_(part).sub_(peak)
            used.mul_(inverse)
            torch.softmax(s, dim=1, out=q)
            if self.sample_mode == "nucleus" and self.p < 1:
                _keep_nucleus_of_falling(q, self.p) if is_cut else _keep_nucleus(q, self.p, spare[: len(part)])
            yield rows, s, q, ids


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _check_shape(logits: Tensor) -> None:
    if not isinstance(logits, Tensor) or logits.dim() != 2 or logits.shape[1] == 0:
        shape = list(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise ValueError(f"logits must be a tensor of shape [batch, vocabulary], not {shape}")


def _peaks(logits: Tensor, first: int = 0) -> Tensor:
    """The largest logit of each row, float32[b, 1]; ValueError for a bad row, counted from `first`."""
    peak = logits.amax(dim=1, keepdim=True).float()
    if not torch.isfinite(peak).all():
        row = int((~torch.isfinite(peak)).nonzero()[0, 0])
        raise ValueError(
            f"logits: row {first + row} holds NaN, +inf or no finite entry at all (its maximum is {float(peak[row])})"
        )
    return peak


def _entropy(scores: Tensor, probs: Tensor) -> Tensor:
    """Nats a row, from one pass: with weights w and Z = sum w, H = log Z - sum(w log w) / Z.

    The best token is never cut and has score 0, so log w = score + log(the largest weight).
    """
    total, largest = probs.sum(dim=1), probs.amax(dim=1)
    mean = torch.linalg.vecdot(probs, scores)
    if not torch.isfinite(mean).all():  # a logit of -inf: its weight 0 times -inf
        mean = torch.linalg.vecdot(probs, scores.clamp(min=NOTHING))
    return (total.log() - largest.log() - mean / total).clamp_(min=0)


def _inverse_cdf(probs: Tensor) -> Tensor:
    """A column for each row with probability proportional to its weight, from one uniform number a row.

    The first column whose cumulative weight exceeds u * total: one with weight 0 is never the first. A wide row is
    summed by chunks, and only the chunk that is hit is summed token by token.
    """
    if probs.shape[1] <= 4 * CHUNK:
        cdf = probs.cumsum(dim=1)
        return _first_above(cdf, torch.rand(len(cdf), 1, device=cdf.device) * cdf[:, -1:]).squeeze(1)
    chunks = probs.view(len(probs), -1, CHUNK)
    cdf = chunks.sum(dim=2).cumsum(dim=1)  # [b, V / CHUNK]
    reached = torch.rand(len(cdf), 1, device=cdf.device) * cdf[:, -1:]
    chunk = _first_above(cdf, reached)
    inner = torch.take_along_dim(chunks, chunk.unsqueeze(2), dim=1).squeeze(1).cumsum(dim=1)  # [b, CHUNK]
    before = torch.nn.functional.pad(cdf, (1, 0)).gather(1, chunk)
    return (chunk * CHUNK + _first_above(inner, (reached - before).clamp_(min=0))).squeeze(1)


def _first_above(cdf: Tensor, reached: Tensor) -> Tensor:
    """The first column of each row whose cumulative weight exceeds `reached`[b, 1], which rounding may not push out."""
    total = cdf[:, -1:]
    return torch.searchsorted(cdf, torch.minimum(reached, torch.nextafter(total, torch.zeros_like(total))), right=True)


def _keep_nucleus_of_falling(probs: Tensor, p: float) -> None:
    """Set to 0, in place, what comes after the nucleus, in rows whose probabilities fall."""
    ahead = probs.cumsum(dim=1).sub_(probs)
    probs.masked_fill_(ahead >= p * probs.sum(dim=1, keepdim=True), 0.0)


def _keep_nucleus(probs: Tensor, p: float, spare: Tensor) -> None:
    """Set to 0, in place, the tokens that are not in the nucleus; `spare` is a buffer like `probs`.

    A token is in it if the mass of all more probable ones is < p. Nothing is sorted: the edge is closed in from both
    sides, beginning with a guess from a part of the vocabulary, until few tokens are left between, and those are looked
    at one by one.
    """
    edge = _Edge(probs, p, spare)
    edge.guess()
    edge.close_in()
    edge.cut()


class _Edge:
    """Two probabilities for each row, `low` and `high`: what is above `high` is in the nucleus, what is not above `low`
    is out of it.

    ``ahead_low`` and ``ahead_high`` are the masses strictly above them, ``n_low`` and ``n_high`` the numbers of tokens.
    """

    def __init__(self, probs: Tensor, p: float, spare: Tensor):
        self.probs, self.p, self.spare = probs, p, spare
        self.ahead_low = probs.sum(dim=1, keepdim=True)
        self.target = p * self.ahead_low
        self.n_low = torch.full_like(self.ahead_low, probs.shape[1])
        self.low = torch.full_like(self.ahead_low, -1.0)
        self.high = probs.amax(dim=1, keepdim=True)
        self.ahead_high = torch.zeros_like(self.ahead_low)
        self.n_high = torch.zeros_like(self.ahead_low)

    def guess(self) -> None:
        """Where the edge is among every n-th token, and a little to the side where it must be then."""
        some = self.probs[:, :: max(1, self.probs.shape[1] // PROBED)].sort(dim=1, descending=True).values
        mass = some.cumsum(dim=1)
        place = torch.searchsorted(mass, self.p * mass[:, -1:])
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
            low = self.low.clamp(min=0)
            middle = low + (self.high - low) * (share.clamp_(0.02, 0.98) if step % 4 else 0.5)
            if bool(((middle <= self.low) | (middle >= self.high) | (self.n_low - self.n_high <= FEW)).all()):
                return
            self._move(middle)

    def _move(self, probability: Tensor) -> None:
        """Make it one of the two, whichever it is, where it is nearer to the edge."""
        above = torch.gt(self.probs, probability, out=self.spare)
        count = above.sum(dim=1, keepdim=True)
        ahead = torch.linalg.vecdot(above, self.probs).unsqueeze(1)
        inside = ahead < self.target
        higher, lower = inside & (probability < self.high), ~inside & (probability > self.low)
        for name, value in (("high", probability), ("ahead_high", ahead), ("n_high", count)):
            setattr(self, name, torch.where(higher, value, getattr(self, name)))
        for name, value in (("low", probability), ("ahead_low", ahead), ("n_low", count)):
            setattr(self, name, torch.where(lower, value, getattr(self, name)))

    def cut(self) -> None:
        """Set to 0 what is out, those between looked at one by one, the more probable first."""
        self.probs.mul_(torch.gt(self.probs, self.low, out=self.spare))  # what is not above low is out
        candidates = torch.le(self.probs, self.high, out=self.spare).mul_(self.probs)
        between = self.n_low - self.n_high
        tied = (between > FEW).squeeze(1)
        if tied.any():
            self._cut_equal(tied, candidates)
        width = min(max(int(between[~tied].max()) if not tied.all() else 1, 1), self.probs.shape[1])
        some, ids = candidates.topk(width, dim=1)  # falling; 0 where there are fewer
        ahead = self.ahead_high + some.cumsum(dim=1).sub_(some)
        out = (ahead >= self.target) & (some > 0) & ~tied.unsqueeze(1)
        self.probs.scatter_(1, ids, torch.where(out, 0.0, self.probs.gather(1, ids)))

    def _cut_equal(self, tied: Tensor, candidates: Tensor) -> None:
        """Rows with many equal tokens between: the first that fit stay. Any choice among equals is right."""
        for row in tied.nonzero().squeeze(1).tolist():
            ids = candidates[row].nonzero().squeeze(1)
            fit = math.ceil(float((self.target[row] - self.ahead_high[row]) / candidates[row].max()))
            self.probs[row, ids[fit:]] = 0.0
