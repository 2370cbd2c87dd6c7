"""Checks of answers that chance takes part in: frequencies, independence, what the seed does.

A right answer fails with probability below 1e-13. Frequencies go through the G-test with a finite-sample bound
(Agrawal, 2019, arXiv 1904.02291): with t = Σ c ln(c / np) over k cells, P(t >= 43) is at most
e^-43 (43 e / (k - 1))^(k - 1), that is 8e-16 for k = 3 and 2e-14 for k = 4.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from course_lib.check_failures import CheckFailed
from course_lib.check_hints import hint
from course_lib.check_mistakes import tables
from course_lib.check_pictures import Panel, Picture
from course_lib.expect import seed_everything

LIMIT = 43.0
LEAKS = 5  # draws of an impossible token; torch.multinomial itself has shown one in 1e7
NEAR = 0.03  # frequencies within this are a mistake's, if those of no other are nearer
EVEN_CALLS, EVEN_ROWS = 10, 500
EVEN = 0.02  # t of a call that is too good: P(t < 0.02) < 0.02 for a right answer, in all ten calls 1e-17

CERTAIN = 20  # rows for each token, so that chance doesn't look like a rule

AskTokens = Callable[[Tensor], Tensor]
"""Rows [B, V] -> tokens int64[B] on the CPU, checked for their form."""


@dataclass(frozen=True)
class Drawn:
    """Tokens of many rows that hold the same numbers, each in an order of its own.

    Attributes:
        by_rank: how often each rank came, share of all rows; rank 0 is the largest number.
        by_id: how often each id came.
        first: the first row's probabilities by id.
        order: for each row the rank at each id, int64[B, V].
        tokens: int64[B].
    """

    by_rank: np.ndarray
    by_id: np.ndarray
    first: np.ndarray
    order: Tensor
    tokens: Tensor


def draw_rows(ask: AskTokens, row: list[float], right: list[float], rows: int, device: torch.device) -> Drawn:
    """Ask for a token of each of `rows` shuffled copies of a row, whose numbers fall."""
    order = torch.rand(rows, len(row), device=device).argsort(dim=1)  # rank at each id
    tokens = ask(torch.tensor(row, device=device)[order])
    ranks = order.cpu().gather(1, tokens.unsqueeze(1)).squeeze(1)
    first = np.array(right)[order[0].cpu().numpy()]
    return Drawn(_shares(ranks, len(row)), _shares(tokens, len(row)), first, order.cpu(), tokens)


def fits(shares: np.ndarray, right: np.ndarray, rows: int) -> bool:
    """Whether frequencies may come from these probabilities (see the module)."""
    possible = right > 0
    return statistic(shares, right, rows) < LIMIT and shares[~possible].sum() * rows < LEAKS


def statistic(shares: np.ndarray, right: np.ndarray, rows: int) -> float:
    """t of the G-test over the possible tokens."""
    seen = (shares > 0) & (right > 0)
    return float(rows * (shares[seen] * np.log(shares[seen] / right[seen])).sum())


def check_frequencies(title: str, table: str, number: int, drawn: Drawn, what: str) -> None:
    """CheckFailed, with the mistake that it looks like, unless the draws fit the right probabilities.

    Args:
        title: what to call the answer.
        table: "draw" or "Sampler, draws" of mistakes.json.
        number: which of its settings.
        drawn: what came.
        what: the picture's title.
    """
    right = np.array(tables()[table]["right"][number], dtype=float)
    rows = len(drawn.tokens)
    if fits(drawn.by_rank, right, rows):
        return
    sentence = _sentence(table, number, drawn, right, rows)
    names = [f"{i + 1}-й по вероятности" for i in range(len(right))]
    shown = Picture([Panel(what, names, right.tolist(), drawn.by_rank.tolist(), seen=0.03)])
    raise CheckFailed(f"{title}: {sentence}", shown)


def _sentence(table: str, number: int, drawn: Drawn, right: np.ndarray, rows: int) -> str:
    prefix = table.split(",")[0].lower()
    if fits(drawn.by_id, right, rows):
        return hint(f"{prefix}-rank")
    if prefix == "draw" and fits(drawn.by_id, drawn.first, rows):
        return hint("draw-first-row")
    mistakes = [
        (name, np.array(shares[number], dtype=float)) for name, shares in tables()[table]["mistakes"] if shares[number]
    ]
    near = [
        (float(np.abs(shares - drawn.by_rank).max()), name)
        for name, shares in mistakes
        if not np.allclose(shares, right)
    ]
    nearest, name = min(near, default=(math.inf, ""))
    if nearest < NEAR and nearest < np.abs(right - drawn.by_rank).max():
        return hint(name)
    if drawn.by_rank[right == 0].sum() * rows >= LEAKS:
        return "выпадает токен, вероятность которого равна нулю."
    worst = int(np.abs(right - drawn.by_rank).argmax())
    due, often = (f"{shares[worst]:.3g}".replace(".", ",") for shares in (right, drawn.by_rank))
    return f"токен с вероятностью {due} выпал с частотой {often}."


def check_lots(title: str, prefix: str, ask: AskTokens, row: Tensor, right: list[float]) -> None:
    """CheckFailed unless equal rows, successive calls and seeds behave like fair lots.

    Args:
        title: what to call the answer.
        prefix: of the hints, "draw" or "sampler".
        ask: draws.
        row: numbers [V] that every row holds.
        right: their probabilities.
    """
    rows = row.expand(EVEN_ROWS, -1).contiguous()
    calls = [ask(rows) for _ in range(EVEN_CALLS)]
    if all(len(set(tokens.tolist())) == 1 for tokens in calls):
        if len({int(tokens[0]) for tokens in calls}) == 1:
            return  # no lots at all: the frequencies say that
        raise CheckFailed(f"{title}: {hint(f'{prefix}-one-number')}")
    if any(torch.equal(one, other) for one, other in zip(calls, calls[1:], strict=False)):
        raise CheckFailed(f"{title}: {hint(f'{prefix}-frozen')}")
    shares = [_shares(tokens, len(right)) for tokens in calls]
    probs = np.array(right)
    if all(one[probs == 0].sum() == 0 and statistic(one, probs, EVEN_ROWS) < EVEN for one in shares):
        raise CheckFailed(f"{title}: {hint('draw-quotas')}")
    repeated = []
    for _ in range(2):
        seed_everything(4)
        repeated.append(ask(rows))
    seed_everything(None)
    if not torch.equal(*repeated):
        raise CheckFailed(f"{title}: {hint(f'{prefix}-other-generator')}")


def check_certain(title: str, ask: AskTokens, vocab: int, device: torch.device) -> None:
    """CheckFailed if, where only one token is possible, always its neighbour comes (at an edge the token itself)."""
    due = torch.arange(vocab).repeat(CERTAIN)
    steps = ask(torch.eye(vocab, device=device).repeat(CERTAIN, 1)) - due
    up, down = steps[due < vocab - 1], steps[due > 0]
    if bool((up == 1).all() or (down == -1).all()):
        raise CheckFailed(f"{title}: {hint('draw-off-by-one')}")


def _shares(tokens: Tensor, width: int) -> np.ndarray:
    return (torch.bincount(tokens, minlength=width).double() / len(tokens)).numpy()
