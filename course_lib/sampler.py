# cython: annotation_typing=False
"""The hidden sampler: how the next token is chosen. Fast form; the textbook form is the homework's model answer.

On the CPU a vocabulary of 30,000 is more than a core's cache holds for a few hundred rows, and waiting for memory would
cost more than computing. So the rows are handled a few at a time, in buffers that stay in the cache.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from course_lib import _sampler_checks as _checks
from course_lib import _truncation

PROB_MODES = ("temperature", "topk")
SAMPLE_MODES = ("greedy", "random", "nucleus", "min_p", "typical")
BLOCK = 1 << 18  # probabilities that are worked on at a time: 1 MB in float32
CHUNK = 128  # the inverse CDF first finds the chunk of the vocabulary, then the token in it
NOTHING = -1e30  # the score of a column that is no token: its weight is 0, and 0 * -1e30 too
FLOAT32 = torch.finfo(torch.float32)


class Sampler:
    """Draws the next token of every row from its logits, and tells how uncertain the draw was.

    In this order: ``repetition_penalty`` divides the logits of tokens seen before where they are positive and
    multiplies them where they are negative (Keskar et al., 2019); ``temp`` divides all logits; ``prob_mode`` says which
    tokens may come: "temperature" all of them, "topk" the ``k`` most probable (Fan et al., 2018). ``sample_mode`` says
    how one is picked: "greedy" the most probable; the others by probability: "random" from all of these, "nucleus" from
    the smallest set of top tokens whose mass reaches ``p`` (Holtzman et al., 2019), "min_p" from those at least
    ``min_p`` times as probable as the best (Nguyen et al., 2024), "typical" from the smallest set of tokens whose
    surprise is nearest to the entropy and whose mass reaches ``typical_p`` (Meister et al., 2022).

    Raises ValueError for a temp or repetition_penalty that is not a finite positive number, k < 1, p, min_p or
    typical_p outside (0, 1], an unknown mode, or a mode without its number.
    """

    def __init__(
        self,
        prob_mode: str = "temperature",
        sample_mode: str = "greedy",
        temp: float = 1.0,
        k: int | None = None,
        p: float | None = None,
        *,
        min_p: float | None = None,
        typical_p: float | None = None,
        repetition_penalty: float = 1.0,
    ):
        _checks.check_choice("prob_mode", prob_mode, PROB_MODES)
        _checks.check_choice("sample_mode", sample_mode, SAMPLE_MODES)
        _checks.check_positive("temp", temp, "for arg max use sample_mode='greedy'")
        _checks.check_positive("repetition_penalty", repetition_penalty, "1 leaves the logits as they are")
        _checks.check_k(k, prob_mode)
        _checks.check_share("p", p, "nucleus", sample_mode)
        _checks.check_share("min_p", min_p, "min_p", sample_mode)
        _checks.check_share("typical_p", typical_p, "typical", sample_mode)
        self.prob_mode, self.sample_mode = prob_mode, sample_mode
        self.temp, self.k, self.p = float(temp), None if k is None else int(k), p
        self.min_p, self.typical_p, self.repetition_penalty = min_p, typical_p, float(repetition_penalty)

    def __repr__(self) -> str:
        settings = f"temp={self.temp:g}"
        settings += f", k={self.k}" if self.prob_mode == "topk" else ""
        settings += f", p={self.p:g}" if self.sample_mode == "nucleus" else ""
        settings += f", min_p={self.min_p:g}" if self.sample_mode == "min_p" else ""
        settings += f", typical_p={self.typical_p:g}" if self.sample_mode == "typical" else ""
        settings += f", repetition_penalty={self.repetition_penalty:g}" if self.repetition_penalty != 1 else ""
        return f"Sampler({self.prob_mode}, {self.sample_mode}, {settings})"

    @torch.no_grad()
    def sample(self, logits: Tensor, previous: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """One token a row: logits[B, V] -> (tokens int64[B], entropy float32[B]).

        ``previous``, int64[B, T], are the tokens that each row holds so far, read only where there is a
        repetition_penalty; negative ones are none. The entropy (nats) is that of the distribution drawn from, after
        penalty, temperature and truncation; greedy has 0. Both are on the device of the logits, which are left as they
        are. Raises ValueError if the logits are not 2-D or a row has a NaN, +inf or no finite entry, or if there is a
        repetition_penalty and ``previous`` is not such a tensor.
        """
        previous = self._checked(logits, previous)
        tokens = torch.empty(len(logits), dtype=torch.int64, device=logits.device)
        entropy = torch.zeros(len(logits), device=logits.device)
        if self.sample_mode == "greedy":
            logits = self._penalised(logits, previous)
            _peaks(logits)
            return torch.argmax(logits, dim=1, out=tokens), entropy
        for rows, scores, probs, largest, ids in self._blocks(logits, previous):
            entropy[rows] = _entropy(scores, probs, largest)
            column = _inverse_cdf(probs)
            tokens[rows] = column if ids is None else ids.gather(1, column.unsqueeze(1)).squeeze(1)
        return tokens, entropy

    @torch.no_grad()
    def probs(self, logits: Tensor, previous: Tensor | None = None) -> Tensor:
        """The distribution that ``sample`` draws from: logits[B, V] -> probs float32[B, V], rows sum to 1."""
        previous = self._checked(logits, previous)
        result = torch.zeros(logits.shape, device=logits.device)
        if self.sample_mode == "greedy":
            logits = self._penalised(logits, previous)
            _peaks(logits)
            return result.scatter_(1, logits.argmax(dim=1, keepdim=True), 1.0)
        for rows, _, probs, _, ids in self._blocks(logits, previous):
            probs = probs / probs.sum(dim=1, keepdim=True)
            result[rows] = probs[:, : logits.shape[1]] if ids is None else result[rows].scatter_(1, ids, probs)
        return result

    def _checked(self, logits: Tensor, previous: Tensor | None) -> Tensor | None:
        """The previous tokens, if they matter. ValueError for what is no logits or no previous tokens."""
        _checks.check_shape(logits)
        if self.repetition_penalty == 1:
            return None
        _checks.check_previous(previous, logits, self.repetition_penalty)
        return previous

    def _penalised(self, logits: Tensor, previous: Tensor | None) -> Tensor:
        """A copy of the rows in float32 where the tokens seen before are less likely."""
        if previous is None:
            return logits
        vocabulary = logits.shape[1]
        scores = torch.empty(len(logits), vocabulary + 1, device=logits.device)
        scores[:, :vocabulary].copy_(logits)
        scores[:, vocabulary] = 0.0  # where the negative ones go
        ids = previous.where(previous >= 0, vocabulary)
        seen = scores.gather(1, ids)
        seen = torch.where(seen > 0, seen / self.repetition_penalty, seen * self.repetition_penalty)
        return scores.scatter_(1, ids, seen)[:, :vocabulary]

    def _blocks(
        self, logits: Tensor, previous: Tensor | None
    ) -> Iterator[tuple[slice, Tensor, Tensor, Tensor, Tensor | None]]:
        """A few rows at a time: (which, scores, probs, largest, ids); column j is token ids[:, j], or j if ids is None.

        The scores are log-probabilities but for a constant, the best one 0; ``largest``[b] is the best one's
        probability before anything was cut. The probs may lack a factor, and are 0 where the score counts for nothing.
        Scores and probs are buffers, good until the next block.
        """
        vocabulary = logits.shape[1]
        is_cut = self.prob_mode == "topk" and self.k < vocabulary
        width = self.k if is_cut else vocabulary
        width += -width % CHUNK if width > 4 * CHUNK else 0
        size = len(logits) if logits.is_cuda else max(1, BLOCK // width)
        scores = torch.full((min(size, len(logits)), width), NOTHING, device=logits.device)
        probs = torch.empty_like(scores)
        spare = [torch.empty_like(scores) for _ in range(self._spare_buffers(is_cut))]
        inverse = 1 / min(max(self.temp, 1 / FLOAT32.max), 1 / FLOAT32.tiny)
        for start in range(0, len(logits), size):
            rows = slice(start, min(start + size, len(logits)))
            part, ids = self._penalised(logits[rows], None if previous is None else previous[rows]), None
            if is_cut:
                part, ids = part.topk(self.k, dim=1)
            peak = _peaks(part, start)
            s, q = scores[: len(part)], probs[: len(part)]
            used = s[:, : part.shape[1]]
            torch.sub(part, peak, out=used) if part.dtype == torch.float32 else used.copy_(part).sub_(peak)
            used.mul_(inverse)
            torch.softmax(s, dim=1, out=q)
            largest = q.amax(dim=1)
            self._truncate(s, q, largest, [buffer[: len(part)] for buffer in spare], is_cut)
            yield rows, s, q, largest, ids

    def _spare_buffers(self, is_cut: bool) -> int:
        if self.sample_mode == "nucleus":
            return 0 if is_cut or self.p == 1 else 1
        return 2 if self.sample_mode == "typical" and self.typical_p < 1 else 0

    def _truncate(self, scores: Tensor, probs: Tensor, largest: Tensor, spare: list[Tensor], is_cut: bool) -> None:
        """Set to 0, in place, the probs of what the sample mode doesn't keep."""
        waits = not probs.is_cuda
        if self.sample_mode == "min_p":
            _truncation.keep_min_p(probs, self.min_p)
        elif self.sample_mode == "nucleus" and self.p < 1:
            if is_cut:
                _truncation.keep_nucleus_of_falling(probs, self.p)
            else:
                _truncation.keep_nucleus(probs, self.p, spare[0], waits)
        elif self.sample_mode == "typical" and self.typical_p < 1:
            log_probs = torch.clamp(scores, min=NOTHING, out=spare[1]).add_(largest.log().unsqueeze(1))
            _truncation.keep_typical(probs, log_probs, self.typical_p, spare[0], waits)


def _peaks(logits: Tensor, first: int = 0) -> Tensor:
    """The largest logit of each row, float32[b, 1]; ValueError for a bad row, counted from `first`."""
    peak = logits.amax(dim=1, keepdim=True).float()
    if not torch.isfinite(peak).all():
        row = int((~torch.isfinite(peak)).nonzero()[0, 0])
        raise ValueError(
            f"logits: row {first + row} holds NaN, +inf or no finite entry at all (its maximum is {float(peak[row])})"
        )
    return peak


def _entropy(scores: Tensor, probs: Tensor, largest: Tensor) -> Tensor:
    """Nats a row, from one pass: with weights w and Z = sum w, H = log Z - sum(w log w) / Z.

    The best token has score 0 and had the ``largest`` weight, so log w = score + log(largest).
    """
    total = probs.sum(dim=1)
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
