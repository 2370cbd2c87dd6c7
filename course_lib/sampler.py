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
BLOCK = 1 << 19  # probabilities that are worked on at a time: 2 MB in float32
BLOCK_ON_GPU = 1 << 22
WINDOW = 64  # top-k works on the k tokens alone if they are fewer than one in so many
PRECISE = 64.0  # scores within this may be multiplied out in float32: 64 * 2**-24 is 4e-6
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

    Raises ValueError for a temp that is not a finite positive number, a repetition_penalty that is none or doesn't fit
    into float32, k < 1, p, min_p or typical_p outside (0, 1], an unknown mode, or a mode without its number.
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
        _checks.check_temp(temp)
        _checks.check_penalty(repetition_penalty, FLOAT32)
        _checks.check_k(k, prob_mode)
        _checks.check_share("p", p, "nucleus", sample_mode)
        _checks.check_share("min_p", min_p, "min_p", sample_mode)
        _checks.check_share("typical_p", typical_p, "typical", sample_mode)
        self.prob_mode, self.sample_mode = prob_mode, sample_mode
        self.temp, self.k = float(temp), None if k is None else int(k)
        self.p, self.min_p, self.typical_p = (x if x is None else float(x) for x in (p, min_p, typical_p))
        self.repetition_penalty = float(repetition_penalty)

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

        On a GPU the host waits for nothing here, so it can't know yet of such a row: the row gets entropy NaN and some
        token of the vocabulary; ``check(entropy)`` raises the ValueError when you may wait, as ``generate_ids`` does.
        """
        previous = self._checked(logits, previous)
        tokens = torch.empty(len(logits), dtype=torch.int64, device=logits.device)
        entropy = torch.zeros(len(logits), device=logits.device)
        for rows, scores, probs, ids in self._blocks(logits, previous):
            column = self._drawn(probs)
            entropy[rows] = _entropy(scores, probs, column)
            tokens[rows] = (column if ids is None else ids.gather(1, column)).squeeze(1)
        return tokens, entropy

    def check(self, entropy: Tensor) -> None:
        """Raise the ValueError for a row that ``sample`` marked on a GPU: waits for the GPU. entropy[B] as it came."""
        _checks.check_entropy(entropy)

    @torch.no_grad()
    def probs(self, logits: Tensor, previous: Tensor | None = None) -> Tensor:
        """The distribution that ``sample`` draws from: logits[B, V] -> probs float32[B, V], rows sum to 1."""
        previous = self._checked(logits, previous)
        result = torch.zeros(logits.shape, device=logits.device)
        for rows, _, probs, ids in self._blocks(logits, previous):
            probs = probs / probs.sum(dim=1, keepdim=True)
            result[rows] = probs if ids is None else result[rows].scatter_(1, ids, probs)
        return result

    def _drawn(self, probs: Tensor) -> Tensor:
        """A column for each row with probability proportional to its weight: the inverse CDF at one uniform number."""
        if self.sample_mode == "greedy":
            return torch.zeros(len(probs), 1, dtype=torch.int64, device=probs.device)
        return _truncation.first_above(probs, torch.rand(len(probs), 1, device=probs.device))

    def _checked(self, logits: Tensor, previous: Tensor | None) -> Tensor | None:
        """The previous tokens, if they matter. ValueError for what is no logits or no previous tokens."""
        _checks.check_shape(logits)
        if self.repetition_penalty == 1:
            return None
        _checks.check_previous(previous, logits, self.repetition_penalty)
        return previous

    def _blocks(self, logits: Tensor, previous: Tensor | None) -> Iterator[tuple[slice, Tensor, Tensor, Tensor | None]]:
        """A few rows at a time: (which, scores, probs, ids); column j is token ids[:, j], or j if ids is None.

        The scores are ln p but for a constant; the probs may lack a factor, and are 0 for what is not kept. Both may
        be buffers, good until the next block.
        """
        vocabulary = logits.shape[1]
        k = self._kept_at_most(vocabulary)
        is_window = k * WINDOW <= vocabulary or k == 1
        width = k if is_window else vocabulary
        size = self._rows_at_a_time(len(logits), width, BLOCK_ON_GPU if logits.is_cuda else BLOCK)
        cuts = k < width or self.sample_mode in ("nucleus", "min_p", "typical")
        buffers = torch.empty(5 if cuts else 2, size, width, device=logits.device)
        for start in range(0, len(logits), max(1, size)):
            rows = slice(start, min(start + size, len(logits)))
            part, ids = self._penalised(logits[rows], None if previous is None else previous[rows]), None
            if is_window:
                part, ids = _truncation.largest(part, k)
            scores, probs, *spare = buffers[:, : len(part)]
            scores = self._scaled(part, scores)
            torch.softmax(scores, dim=1, out=probs)
            _checks.check_rows(probs, part, start)
            if k < width:
                _truncation.keep_top_k(probs, k, spare)
            self._truncate(probs, scores, spare)
            yield rows, scores, probs, ids

    def _rows_at_a_time(self, batch: int, width: int, block: int) -> int:
        """As many as fill a block; of more rows than that a fifth at most, for the buffers' sake."""
        size = max(1, block // width)
        return batch if batch <= size else min(size, -(-batch // 5))

    def _kept_at_most(self, vocabulary: int) -> int:
        if self.sample_mode == "greedy":
            return 1
        return min(self.k, vocabulary) if self.prob_mode == "topk" else vocabulary

    def _penalised(self, logits: Tensor, previous: Tensor | None) -> Tensor:
        """The logits, or a copy in float32 where the tokens seen before are less likely."""
        if previous is None:
            return logits
        vocabulary = logits.shape[1]
        scores = torch.zeros(len(logits), vocabulary + 1, device=logits.device)
        scores[:, :vocabulary].copy_(logits)
        ids = previous.where((previous >= 0) & (previous < vocabulary), vocabulary)  # the last column is no token's
        seen = scores.gather(1, ids)
        less = torch.where(seen > 0, seen / self.repetition_penalty, seen * self.repetition_penalty)
        seen = torch.where(seen.isfinite(), less.clamp_(-FLOAT32.max, FLOAT32.max), seen)  # finite logits stay finite
        return scores.scatter_(1, ids, seen)[:, :vocabulary]

    def _scaled(self, logits: Tensor, buffer: Tensor) -> Tensor:
        """The logits divided by the temperature, but for a constant, in float32."""
        if self.temp == 1:
            return logits if logits.dtype == torch.float32 else buffer.copy_(logits)
        peak = logits.amax(dim=1, keepdim=True).float()
        inverse = 1 / min(max(self.temp, 1 / FLOAT32.max), 1 / FLOAT32.tiny)
        if logits.dtype == torch.float32:
            return torch.sub(logits, peak, out=buffer).mul_(inverse)
        return buffer.copy_(logits).sub_(peak).mul_(inverse)

    def _truncate(self, probs: Tensor, scores: Tensor, spare: list[Tensor]) -> None:
        """Set to 0, in place, the probs of what the sample mode doesn't keep."""
        if self.sample_mode == "min_p":
            _truncation.keep_min_p(probs, self.min_p, spare)
        elif self.sample_mode == "nucleus" and self.p < 1:
            _truncation.keep_nucleus(probs, self.p, spare)
        elif self.sample_mode == "typical" and self.typical_p < 1:
            _truncation.keep_typical(probs, scores, self.typical_p, spare)


def _entropy(scores: Tensor, probs: Tensor, column: Tensor) -> Tensor:
    """Nats a row, from one pass: with weights w and Z = sum w, H = ln Z - sum(w ln w) / Z.

    ln w = score + a constant, which the token drawn, ``column``[b, 1], tells.
    """
    total = probs.sum(dim=1)
    log_weight, score = probs.gather(1, column).log().squeeze(1), scores.gather(1, column).squeeze(1)
    constant, mean = log_weight - score, torch.linalg.vecdot(probs, scores) / total
    if not _checks.may_look(probs) or not bool(torch.maximum(constant.abs(), mean.abs()).amax() <= PRECISE):
        peak = scores.amax(dim=1, keepdim=True)  # large scores lose digits; -inf times weight 0 is NaN
        mean = torch.linalg.vecdot(probs, (scores - peak).clamp_(min=_truncation.NOTHING)) / total
        constant = log_weight - (score - peak.squeeze(1))
    return (total.log() - mean - constant).clamp_(min=0)
