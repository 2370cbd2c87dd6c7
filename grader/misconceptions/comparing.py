"""When do two outcomes of an answer agree? Type, shape, dtype, values, exceptions, whether the input was changed."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_lib.expect import type_name
from grader.misconceptions.base import Raised

POSSIBLE = 1e-12
"""A probability above this is one; what a filler such as -100 leaves is not."""

HALF_TOLERANCE = 2e-2
"""How near two answers to logits of half precision are, if both computed in half precision but in another order."""

ROUNDING = 1e-3
"""How far two computations of one number above 1 may drift apart, relative to it, in float32 and thousands of steps."""

HALVES = (torch.float16, torch.bfloat16)


class Level(IntEnum):
    """How closely outcomes are compared. A mistake that explains everything is looked for first; an answer with two
    mistakes gets the name of the one in its values."""

    WHOLE = 0
    """Everything."""
    HALVES = 1
    """All but the dtype of an answer to logits of half precision."""
    VALUES = 2
    """Numbers only: no dtype, no shape, no class of an exception, no change of the input."""
    ANSWERS = 3
    """Numbers only, and only where the answer came to finite ones."""


@dataclass(frozen=True)
class FormOnly:
    """A part of an imitation's outcome of which only type, shape and dtype are compared (its values are random)."""

    value: Any


@dataclass(frozen=True)
class NotRefused:
    """An imitation's outcome for an input that must be refused and is not: whatever came of it, no ValueError."""


@dataclass(frozen=True)
class ByToken:
    """The second part of an imitation's pair: numbers[B, V] of which the drawn token of each row picks one."""

    table: Tensor


@dataclass(frozen=True)
class Outcome:
    """What a call came to, ready for comparisons.

    Attributes:
        kind: "raised", "numbers", "parts", "other", or of imitations only: "not refused", "by token".
        type_name: of the exception or of the value.
        numbers: float64, of a tensor or a plain number; None otherwise.
        dtype: None if it is no tensor.
        parts: of a tuple or list.
        form_only: whether the numbers stand only for their form.
        changed: whether the call changed its input.
    """

    kind: str
    type_name: str = ""
    numbers: np.ndarray | None = None
    dtype: torch.dtype | None = None
    parts: tuple["Outcome", ...] = ()
    form_only: bool = False
    changed: bool = False

    @property
    def finite(self) -> bool:
        """Whether it consists of finite numbers."""
        if self.kind == "parts":
            return all(part.finite for part in self.parts)
        return self.numbers is not None and bool(np.isfinite(self.numbers).all())


def outcome_of(value: Any, changed: bool = False, form_only: bool = False) -> Outcome:
    """An outcome from a returned value or a `Raised`."""
    if isinstance(value, FormOnly):
        return outcome_of(value.value, changed, form_only=True)
    if isinstance(value, NotRefused):
        return Outcome("not refused", changed=changed)
    if isinstance(value, ByToken):
        return Outcome("by token", "Tensor", value.table.double().numpy(), value.table.dtype)
    if isinstance(value, Raised):
        return Outcome("raised", value.type_name, changed=changed)
    if isinstance(value, Tensor):
        numbers = value.detach().double().numpy()
        return Outcome("numbers", "Tensor", numbers, value.dtype, form_only=form_only, changed=changed)
    if isinstance(value, (int, float, np.number)):
        return Outcome(
            "numbers", type(value).__name__, np.asarray(value, np.float64), form_only=form_only, changed=changed
        )
    if isinstance(value, (tuple, list)):
        parts = tuple(outcome_of(part, form_only=form_only) for part in value)
        return Outcome("parts", "tuple", parts=parts, form_only=form_only, changed=changed)
    return Outcome("other", type_name(value), changed=changed)


def run(function: Callable[..., Any], args: tuple[Any, ...], play: Callable[..., Any] | None = None) -> Outcome:
    """Run our own code on copies of the arguments: play(function, *args), or function(*args)."""
    given = [arg.clone() if isinstance(arg, Tensor) else arg for arg in args]
    try:
        value = play(function, *given) if play else function(*given)
    except Exception as error:
        value = Raised(type(error).__name__, str(error))
    changed = any(
        isinstance(arg, Tensor) and not (torch.equal(arg, new) or torch.equal(arg.nan_to_num(), new.nan_to_num()))
        for arg, new in zip(args, given, strict=True)
    )
    return outcome_of(value, changed)


@dataclass(frozen=True)
class Comparison:
    """How the outcomes for one input are compared.

    Attributes:
        tolerance: between numbers.
        level: how closely.
        key: float64[B, V]; where equal, numbers may be swapped. None: nothing may.
        support: whether it counts which numbers are zero.
        form_only: whether numbers stand only for their form.
        half: whether the input has half precision.
        rounding: between numbers above 1, relative to what they are above it.
    """

    tolerance: float
    level: Level = Level.WHOLE
    key: np.ndarray | None = None
    support: bool = False
    form_only: bool = False
    half: bool = False
    rounding: float = 1e-5

    def alike(self, expected: Outcome, seen: Outcome) -> bool:
        """Whether an expected outcome (the right one, or an imitation's) agrees with the one that was seen."""
        if expected.kind == "not refused" and seen.kind != "not refused":
            return not (seen.kind == "raised" and seen.type_name == "ValueError")
        if self.level < Level.VALUES and expected.changed != seen.changed:
            return False
        if expected.kind != seen.kind:
            return False
        if expected.kind == "numbers":
            return self._same_numbers(expected, seen)
        if expected.kind == "parts":
            return self._same_parts(expected.parts, seen.parts)
        return self.level >= Level.VALUES or expected.type_name == seen.type_name

    def _same_parts(self, expected: tuple[Outcome, ...], seen: tuple[Outcome, ...]) -> bool:
        if len(expected) != len(seen):
            return False
        if any(part.kind == "by token" for part in expected) and (picked := _picked(expected, seen)):
            expected = picked
        return all(_is_none(one) or self.alike(one, other) for one, other in zip(expected, seen, strict=True))

    def _same_numbers(self, expected: Outcome, seen: Outcome) -> bool:
        if self.level < Level.VALUES:
            dtypes_count = not (self.half and self.level == Level.HALVES)
            if dtypes_count and (expected.dtype, expected.type_name) != (seen.dtype, seen.type_name):
                return False
            if expected.numbers.shape != seen.numbers.shape:
                return False
        elif expected.numbers.size != seen.numbers.size:
            return False
        if self.form_only or expected.form_only:
            return True
        one, other = expected.numbers, seen.numbers.reshape(expected.numbers.shape)
        if self._near(one, other):
            return True
        return self._may_swap(one) and self._near(self._canonical(one), self._canonical(other))

    def _near(self, one: np.ndarray, other: np.ndarray) -> bool:
        if self.support and ((one > POSSIBLE) != (other > POSSIBLE)).any():
            return False
        with np.errstate(invalid="ignore"):
            excess = np.where(np.isfinite(one), np.maximum(np.abs(one) - 1, 0), 0)
            far = ~(np.abs(one - other) <= self.tolerance + self.rounding * excess)
        if not far.any():
            return True
        one, other = one[far], other[far]  # infinities are equal by ==, NaN to NaN
        return bool(((one == other) | (np.isnan(one) & np.isnan(other))).all())

    def _may_swap(self, numbers: np.ndarray) -> bool:
        if self.key is None or self.key.shape != numbers.shape or self.key.ndim != 2:
            return False
        falling = np.sort(self.key, axis=1)
        return bool((falling[:, 1:] == falling[:, :-1]).any())

    def _canonical(self, numbers: np.ndarray) -> np.ndarray:
        """Every row in rising order of the input, and of the numbers themselves where the input is equal."""
        return np.take_along_axis(numbers, np.lexsort((numbers, self.key), axis=1), axis=1)


def _picked(expected: tuple[Outcome, ...], seen: tuple[Outcome, ...]) -> tuple[Outcome, ...] | None:
    """(anything, table by token) -> (anything, the numbers of the tokens that were drawn); None if they are no ids."""
    table, tokens = expected[1].numbers, seen[0].numbers
    if tokens is None or tokens.size != len(table) or not ((tokens >= 0) & (tokens < table.shape[1])).all():
        return None
    numbers = np.take_along_axis(table, tokens.reshape(-1, 1).astype(np.int64), axis=1)[:, 0]
    return expected[0], Outcome("numbers", "Tensor", numbers, expected[1].dtype)


def _is_none(outcome: Outcome) -> bool:
    """A part that an imitation leaves open."""
    return outcome.kind == "other" and outcome.type_name == "NoneType"
