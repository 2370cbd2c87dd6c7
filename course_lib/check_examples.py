"""What the visible checks ask: small examples, none of which is used for the mark.

The right answers to them, and the answers that well-known mistakes give, are in mistakes.json; it is written by
`python -m grader.visible`, which computes them in float64. The hints are in check_hints.py.
"""

from typing import Any

import torch
from torch import Tensor

INF, NAN = float("inf"), float("nan")

TEMPERATURE = {"logits": [[2.0, 1.0, 0.0], [0.0, -1.0, 3.0]], "temp": 0.5}
TOP_K = {"logits": [[-1.0, -3.0, -2.0, -4.0], [5.0, 1.0, 9.0, 3.0]], "k": 2}
NUCLEUS = {"probs": [[0.1, 0.5, 0.15, 0.25], [0.35, 0.05, 0.4, 0.2]], "p": 0.7}
ENTROPY = {"probs": [[0.5, 0.5, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25], [0.0, 1.0, 0.0, 0.0], [0.7, 0.1, 0.1, 0.1]]}
HUGE, IMPOSSIBLE = [[10_000.0, 9_999.5, -10_000.0]], [[0.0, -INF, 0.0]]
APART = [[1.0, 2.0, 0.0], [-2000.0, -2001.0, -2003.0], [3.0, 3.5, 2.0]]
"""Rows of very different size: what is subtracted from one must not be the largest of all."""
HALF = torch.tensor([[50.0, 49.75, 48.5]], dtype=torch.float16)

SAMPLER_LOGITS = [[2.0, 1.0, 0.0, -1.0], [0.0, 3.0, 1.0, -2.0]]
SAMPLER = [
    {"settings": {"prob_mode": "temperature", "sample_mode": "random", "temp": 0.5}},
    {"settings": {"prob_mode": "topk", "sample_mode": "random", "temp": 2.0, "k": 2}},
    {"settings": {"prob_mode": "temperature", "sample_mode": "nucleus", "temp": 2.0, "p": 0.75}},
    {"settings": {"prob_mode": "topk", "sample_mode": "nucleus", "temp": 2.0, "k": 3, "p": 0.8}},
]
GREEDY = [
    {"prob_mode": "temperature", "sample_mode": "greedy", "temp": 2.0},
    {"prob_mode": "topk", "sample_mode": "greedy", "temp": 0.5, "k": 2},
]
GOOD_SETTINGS = {"prob_mode": "temperature", "sample_mode": "random", "temp": 1.0}
BAD_SETTINGS = [
    {"temp": 0.0},
    {"temp": -1.0},
    {"temp": INF},
    {"temp": NAN},
    {"prob_mode": "topk", "k": 0},
    {"prob_mode": "topk"},
    {"sample_mode": "nucleus", "p": 0.0},
    {"sample_mode": "nucleus", "p": 1.5},
    {"sample_mode": "nucleus"},
    {"prob_mode": "magic"},
    {"sample_mode": "magic"},
]
BAD_LOGITS = {
    "логиты формы [V] вместо [B, V]": [1.0, 2.0, 3.0],
    "строка с NaN": [[1.0, 2.0], [NAN, 0.0]],
    "строка с +∞": [[1.0, 2.0], [INF, 0.0]],
    "строка из одних −∞": [[1.0, 2.0], [-INF, -INF]],
}

Args = tuple[Any, ...]


def _tensors(rows: Any) -> Tensor:
    return rows if isinstance(rows, Tensor) else torch.tensor(rows)


def _asked(*questions: tuple) -> list[Args]:
    return [(_tensors(rows), *parameters) for rows, *parameters in questions]


def sampler_values() -> list[Args]:
    """(settings, logits) that every `Sampler` must answer, the plain ones first."""
    both, half = _tensors(SAMPLER_LOGITS), _tensors(SAMPLER_LOGITS).half()
    plain = [(settings, both) for settings in [*GREEDY, *(one["settings"] for one in SAMPLER)]]
    single = [(settings, both[:1]) for settings, _ in plain[1:4]]
    strange = [(SAMPLER[0]["settings"], _tensors(HUGE)), (SAMPLER[1]["settings"], _tensors(HUGE))]
    strange += [(SAMPLER[0]["settings"], _tensors(IMPOSSIBLE)), (SAMPLER[2]["settings"], half)]
    strange += [(GREEDY[0], half), (SAMPLER[0]["settings"], HALF)]
    return [*plain, *single, *strange]


def sampler_refusals() -> list[tuple[str, Args]]:
    """(what is wrong, (settings, logits)) that every `Sampler` must refuse with a ValueError."""
    good = _tensors(SAMPLER_LOGITS)
    bad = [(named(one), ({**GOOD_SETTINGS, **one}, good)) for one in BAD_SETTINGS]
    return bad + [(title, (GOOD_SETTINGS, _tensors(rows))) for title, rows in BAD_LOGITS.items()]


def named(settings: dict[str, Any]) -> str:
    """Settings as they are written in a call: temp=2.0, k=3."""
    return ", ".join(f"{name}={value!r}" for name, value in settings.items())


LIKELY = [[0.45, 0.3, 0.02, 0.15, 0.08], [0.05, 0.62, 0.03, 0.2, 0.1]]
REPEATED = torch.tensor([[2.0, 1.0, 0.0, -2.0], [-1.0, 3.0, 1.0, -3.0]])
ROWS = torch.tensor([[0.0, 1.0, 2.0], [1.0, 0.0, -1.0], [2.0, 2.5, 0.0]])

QUESTIONS: dict[str, list[Args]] = {
    "temperature_probs": _asked(
        (TEMPERATURE["logits"], 0.5),
        (TEMPERATURE["logits"], 2.0),
        (HUGE, 0.5),
        (IMPOSSIBLE, 0.5),
        (APART, 0.5),
        (HALF, 0.7),
    ),
    "top_k_probs": _asked(
        (TOP_K["logits"], 2),
        (TOP_K["logits"], 1),
        (ROWS, 2),
        ([[0.0, -1.0, 1.0]], 3),
        ([[0.0, -1.0, 1.0]], 10),
        (HUGE, 2),
        (IMPOSSIBLE, 2),
        ([[-10_000.0, -10_001.0, -10_003.0, -10_002.0]], 2),
        ([[1.0, 3.0, 3.0, 0.0, 2.0]], 3),
        ([[-5.0, 1.0, 2.0, 0.5], [0.5, -4.0, 1.0, 2.0]], 2),
        (HALF, 2),
    ),
    "nucleus_probs": _asked(
        (NUCLEUS["probs"], 0.7),
        (NUCLEUS["probs"], 0.05),
        (NUCLEUS["probs"], 1.0),
        ([[0.2, 0.8]], 0.5),
        (LIKELY, 0.5),
        (LIKELY, 0.87),
        ([[0.02, 0.9, 0.05, 0.03], [0.26, 0.25, 0.27, 0.22]], 0.85),
    ),
    "entropy": _asked(
        (ENTROPY["probs"],),
        ([[0.5, 0.25, 0.25]],),
        ([[1e-4] * 10_000],),
        ([[0.8, 0.1, 0.1], [0.2, 0.3, 0.5]],),
    ),
    "Sampler": sampler_values(),
    "Sampler, ValueError": [asked for _, asked in sampler_refusals()],
    "min_p_probs": _asked(
        (NUCLEUS["probs"], 0.45),
        (NUCLEUS["probs"], 1.0),
        (LIKELY, 0.05),
        ([[0.2, 0.8]], 0.3),
    ),
    "typical_probs": _asked(
        ([[0.12, 0.6, 0.05, 0.23], [0.31, 0.06, 0.41, 0.22]], 0.5),
        (LIKELY, 0.25),
        (LIKELY, 0.85),
        (NUCLEUS["probs"], 1.0),
        ([[0.5, 0.5, 0.0, 0.0]], 0.7),
        ([[0.0, 0.6, 0.3, 0.1]], 0.5),
        ([[0.15, 0.85]], 0.3),
    ),
    "repetition_penalty": [
        (REPEATED, torch.tensor([[0, 0, 3], [1, 2, 1]]), 2.0),
        (REPEATED, torch.tensor([[2], [0]]), 1.5),
        (REPEATED, torch.tensor([[0, 1, 2, 3], [3, 3, 3, 3]]), 1.0),
        (torch.tensor([[1.0, -INF, 0.5]]), torch.tensor([[0, 1]]), 2.0),
        (HALF, torch.tensor([[0, 1]]), 1.3),
    ],
}
"""What the exact checks ask: for each function the arguments of its calls, one after another."""

DRAWN = [0.6, 0.3, 0.1, 0.0]
"""Probabilities that `draw` is tried on, every row in an order of its own."""

SAMPLER_DRAWN = [SAMPLER[1]["settings"], SAMPLER[2]["settings"], SAMPLER[0]["settings"]]
"""Settings that the draws of a `Sampler` are tried on, with the first row of SAMPLER_LOGITS in many orders."""
