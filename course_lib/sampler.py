"""The hidden sampler: how the next token is chosen. Fast form; the textbook form is the homework's model answer."""

from __future__ import annotations

import math
import numbers

import torch
from torch import Tensor

PROB_MODES = ("temperature", "topk")
SAMPLE_MODES = ("greedy", "random", "nucleus")
FIRST_WINDOW = 256  # a nucleus is looked for among this many most probable tokens before all are sorted
WINDOW_GROWTH = 8
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
        logits, peak = _checked(logits)
        if self.sample_mode == "greedy":
            return logits.argmax(dim=1), torch.zeros_like(peak)
        scores, weights, ids = self._truncated(logits, peak)
        entropy = _entropy(scores, weights)
        index = _inverse_cdf(weights)
        tokens = index if ids is None else ids.gather(1, index.unsqueeze(1)).squeeze(1)
        return tokens, entropy

    @torch.no_grad()
    def probs(self, logits: Tensor) -> Tensor:
        """The distribution that ``sample`` draws from: logits[B, V] -> probs float32[B, V], rows sum to 1."""
        logits, peak = _checked(logits)
        if self.sample_mode == "greedy":
            return torch.zeros_like(logits).scatter_(1, logits.argmax(dim=1, keepdim=True), 1.0)
        _, weights, ids = self._truncated(logits, peak)
        weights = weights / weights.sum(dim=1, keepdim=True)
        return weights if ids is None else torch.zeros_like(logits).scatter_(1, ids, weights)

    def _truncated(self, logits: Tensor, peak: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Scores (log-weights, the largest 0), weights, and the ids of the columns (None: column j is token j)."""
        ids = None
        if self.prob_mode == "topk" and self.k < logits.shape[1]:
            logits, ids = logits.topk(self.k, dim=1)
        temp = min(max(self.temp, FLOAT32.tiny), FLOAT32.max)
        scores = logits.sub(peak.unsqueeze(1)).div_(temp).clamp_(min=-1e4)  # exp(-1e4) is 0, and 0 * -1e4 too
        weights = scores.exp()
        if self.sample_mode == "nucleus" and self.p < 1:
            scores, weights, inner = _nucleus(scores, weights, self.p)
            ids = inner if ids is None else ids.gather(1, inner)
        return scores, weights, ids


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _checked(logits: Tensor) -> tuple[Tensor, Tensor]:
    """The logits in float32 and the largest of each row."""
    if not isinstance(logits, Tensor) or logits.dim() != 2 or logits.shape[1] == 0:
        shape = list(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise ValueError(f"logits must be a tensor of shape [batch, vocabulary], not {shape}")
    logits = logits.float()
    peak = logits.amax(dim=1)
    if not torch.isfinite(peak).all():
        row = int((~torch.isfinite(peak)).nonzero()[0])
        raise ValueError(
            f"logits: row {row} holds NaN, +inf or no finite entry at all (its maximum is {float(peak[row])})"
        )
    return logits, peak


def _entropy(scores: Tensor, weights: Tensor) -> Tensor:
    """Nats a row, from one pass: H = log Z - sum(w * score) / Z."""
    total = weights.sum(dim=1)
    return (total.log() - torch.linalg.vecdot(weights, scores) / total).clamp_(min=0)


def _inverse_cdf(weights: Tensor) -> Tensor:
    """A column for each row with probability proportional to its weight, from one uniform number a row.

    The first column whose cumulative weight exceeds u * total: one with weight 0 is never the first. Overwrites
    ``weights``.
    """
    cdf = weights.cumsum_(dim=1)
    total = cdf[:, -1:]
    uniform = torch.rand(cdf.shape[0], 1, device=cdf.device)
    below_total = torch.nextafter(total, torch.zeros_like(total))
    return torch.searchsorted(cdf, torch.minimum(uniform * total, below_total), right=True).squeeze(1)


def _nucleus(scores: Tensor, weights: Tensor, p: float) -> tuple[Tensor, Tensor, Tensor]:
    """The tokens that come, in falling order, before the mass strictly ahead of them reaches ``p``.

    Looks among a window of the most probable ones, which is widened until every row's nucleus fits.
    """
    vocabulary = weights.shape[1]
    target = p * weights.sum(dim=1, keepdim=True)
    window = min(FIRST_WINDOW, vocabulary)
    while True:
        top, ids = weights.topk(window, dim=1)
        ahead = top.cumsum(dim=1).sub_(top)
        outside = ahead >= target
        if window == vocabulary or bool(outside[:, -1].all()):
            break
        window = min(window * WINDOW_GROWTH, vocabulary)
    top.masked_fill_(outside, 0.0)
    return scores.gather(1, ids), top, ids
