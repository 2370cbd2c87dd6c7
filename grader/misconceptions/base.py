"""What a misconception is, and what is known of an answer when one is looked for.

A misconception imitates: it holds our own code that makes the mistake. It is run on the very inputs that the student's
answer was asked, and the two are compared; see `grader.misconceptions.matching`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor


@dataclass(frozen=True)
class Raised:
    """The answer stopped with an exception: its class name and message."""

    type_name: str
    message: str = ""


@dataclass(frozen=True)
class Observation:
    """One call of an answer: what it was given, and what came of it.

    Attributes:
        args: what the function was given, tensors as they were before the call.
        outcome: what it returned (a tensor, a number, a tuple ...), or `Raised`.
        changed: whether it changed a tensor that it was given.
    """

    args: tuple[Any, ...]
    outcome: Any
    changed: bool = False


@dataclass(frozen=True)
class Draws:
    """Tokens drawn many times from one setting, as ranks pooled over rows and calls.

    Attributes:
        values: what a row held, by rank: probabilities (for `draw`) or logits (for `Sampler`), float64[V].
        settings: arguments of the `Sampler`, {} for `draw`.
        counts: how often each rank came, int64[V].
        order: for each row which rank stands at which id, int64[rows, V]; rows differ unless `same_rows`.
        same_rows: whether all rows were equal.
    """

    values: np.ndarray
    settings: dict[str, Any]
    counts: np.ndarray
    order: np.ndarray
    same_rows: bool = False


@dataclass
class Evidence:
    """All that was seen of one task's answer.

    Attributes:
        observations: exact calls, in order. For `Sampler` args are (settings, logits) and the outcome is the pair
            (tokens, entropies); settings that must be refused are there too, with `Raised("ValueError")` where they
            were. For `generate` args are (tape, n_samples, max_length), the outcome is (ids, mean entropy, calls):
            calls is a list with one (shape of input_ids, whether a state was given) per call of the model.
        draws: pooled draws, for `draw` and `Sampler`.
        signs: what the tests of independence found: "rows-equal" (identical rows all got one token), "rows-dependent",
            "calls-dependent", "calls-equal" (two calls drew the very same tokens), "not-repeatable" (same seed, other
            tokens), "too-even"; and "no-defaults" (a `Sampler` that can't be made without arguments).
    """

    observations: list[Observation] = field(default_factory=list)
    draws: list[Draws] = field(default_factory=list)
    signs: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Misconception:
    """A known mistake in one task.

    Attributes:
        name: for the table of marks, e.g. "nucleus-exclusive".
        task: the grade_id.
        sentence: one or two Russian sentences for the student; they point at the idea, not at the line to write.
        imitate: makes the mistake. Four exact tasks: the homework's signature, tensors in, anything out, may raise.
            `draw`: probs[B, V] -> tokens, like a student's; only type, shape and dtype are compared with it.
            `Sampler`: (settings, logits) -> (tokens or None, entropies), may raise; None: tokens are not compared.
            `generate`: the homework's signature.
        distribution: `draw` and `Sampler`: (rows float64[B, V], **settings) -> probabilities float64[B, V] drawn from.
        signs: what the tests of independence must have found, in part or in whole (see `Evidence.signs`).
    """

    name: str
    task: str
    sentence: str
    imitate: Callable[..., Any] | None = None
    distribution: Callable[..., np.ndarray] | None = None
    signs: frozenset[str] = frozenset()


TensorFunction = Callable[..., Tensor]
