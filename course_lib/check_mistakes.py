"""Which known mistake does an answer look like? Answers to all public examples against those in mistakes.json.

An outcome in that file is {"shape", "dtype", "values"} of a tensor (the first values; "any": one of each row's),
{"parts"} of a pair, {"raised": class of the exception}, {"passed": true} where a ValueError was due and none came, or
{"other": class of what was returned}; "changed" says that the input was spoilt. null is the right outcome.
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

TOLERANCE = 2e-4
HEAD = 24
"""Values of a tensor that are looked at; `grader.visible` keeps as many."""

TELLING = ("RuntimeError", "IndexError", "ValueError", "AssertionError")
"""Exceptions that a wrong idea ends in; others are slips that the student's own traceback explains better."""

Expected = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """What an answer did with one example: returned `value` or raised `error`, and whether it changed its input."""

    value: Any = None
    error: Exception | None = None
    changed: bool = False


@cache
def tables() -> dict[str, Any]:
    """mistakes.json."""
    return json.loads(Path(__file__).with_name("mistakes.json").read_text(encoding="utf-8"))


def right_outcomes(task: str) -> list[Expected]:
    """The right outcome for each example of a task."""
    return tables()[task]["right"]


def first_wrong(task: str, seen: list[Seen]) -> int | None:
    """The number of the first example that is not answered right."""
    pairs = enumerate(zip(right_outcomes(task), seen, strict=True))
    return next((i for i, (expected, one) in pairs if not looks_like(expected, one)), None)


def known_mistakes(task: str, seen: list[Seen]) -> list[str]:
    """The names of the known mistakes that an answer with something wrong looks like; [] if there is none.

    They must answer like the student up to and with the first wrong example; those are named that do so longest. Exact
    agreement is looked for first, then agreement in the numbers alone (an answer may have two mistakes).
    """
    wrong = first_wrong(task, seen)
    if wrong is None:
        return []
    for numbers_only in (False, True):
        counts = _agreements(task, seen, wrong, numbers_only)
        if counts:
            return [name for name, count in counts.items() if count == max(counts.values())]
    return []


def _agreements(task: str, seen: list[Seen], wrong: int, numbers_only: bool) -> dict[str, int]:
    """On how many examples each mistake answers like the student, for those that do up to the first wrong one."""
    right, counts = right_outcomes(task), {}
    for name, outcomes in tables()[task]["mistakes"]:
        expected = [one or best for one, best in zip(outcomes, right, strict=True)]
        alike = [looks_like(*pair, numbers_only) for pair in zip(expected, seen, strict=True)]
        if outcomes[wrong] is not None and all(alike[: wrong + 1]):
            counts[name] = max(counts.get(name, 0), sum(alike))
    return counts


def looks_like(expected: Expected, seen: Seen, numbers_only: bool = False) -> bool:
    """Whether what was seen is the expected outcome; `numbers_only`: dtype, shape and a spoilt input don't matter."""
    if "passed" in expected:
        return not isinstance(seen.error, ValueError)
    if "raised" in expected:
        name = type(seen.error).__name__
        return seen.error is not None and name == expected["raised"] and name in TELLING
    if seen.error is not None or (not numbers_only and seen.changed != expected.get("changed", False)):
        return False
    return _value_like(expected, seen.value, numbers_only)


def _value_like(expected: Expected, value: Any, numbers_only: bool) -> bool:
    if "other" in expected:
        return type(value).__name__ == expected["other"]
    if "parts" in expected:
        if not isinstance(value, (tuple, list)) or len(value) != len(expected["parts"]):
            return False
        return all(_value_like(*pair, numbers_only) for pair in zip(expected["parts"], value, strict=True))
    if not isinstance(value, Tensor):
        return False
    fits = list(value.shape) == expected["shape"] and str(value.dtype) == f"torch.{expected['dtype']}"
    if not fits and (not numbers_only or value.numel() != math.prod(expected["shape"])):
        return bool("any" in expected and numbers_only and _one_of(expected["any"], value))
    if "any" in expected:
        return _one_of(expected["any"], value)
    return "values" not in expected or close(values_of(value), [float(v) for v in expected["values"]])


def _one_of(table: list, value: Tensor) -> bool:
    """Whether each value is one of its row of the table."""
    values = values_of(value)
    width = len(table) // max(len(values), 1)
    rows = [[float(v) for v in table[i * width : (i + 1) * width]] for i in range(len(values))]
    return all(any(close([one], [other]) for other in row) for one, row in zip(values, rows, strict=True))


def values_of(value: Tensor) -> list[float]:
    """The first values of a tensor."""
    return value.detach().flatten()[:HEAD].double().cpu().tolist()


def close(got: list[float], expected: list[float]) -> bool:
    """Whether two lists hold the same numbers, NaN and infinities included."""
    if len(got) != len(expected):
        return False
    got, expected = torch.tensor(got, dtype=torch.float64), torch.tensor(expected, dtype=torch.float64)
    return torch.allclose(got, expected, atol=TOLERANCE, rtol=TOLERANCE, equal_nan=True)
