"""The known mistakes of one task, together with what is needed to compare an answer with them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.misconceptions.base import Misconception


@dataclass(frozen=True)
class Catalogue:
    """The known mistakes of one task, the more specific first.

    Attributes:
        task: the grade_id.
        misconceptions: the mistakes. Several may share a name and a sentence: forms of one mistake, see `forms`.
        right: the right answer, called like `imitate`.
        tolerance: how near two numbers must be to be the same.
        support: whether it counts which numbers are zero, however small the others are.
        by_value: whether tokens of one value in the input are interchangeable (the order among them is nobody's
            mistake); the outcome then has the shape of the first argument.
        form_only: whether only type, shape and dtype of an outcome are compared (its values are random).
        play: how a function is asked, for tasks whose observations don't hold its arguments: play(function, *args).
        seen: brings what was observed of an answer, `Raised` included, into the form that `play` returns.
        distribution: the right one, called like `Misconception.distribution`.
    """

    task: str
    misconceptions: tuple[Misconception, ...]
    right: Callable[..., Any]
    tolerance: float = 1e-5
    support: bool = False
    by_value: bool = False
    form_only: bool = False
    play: Callable[..., Any] | None = None
    seen: Callable[[Any], Any] | None = None
    distribution: Callable[..., np.ndarray] | None = None


def forms(name: str, task: str, sentence: str, *imitations: Callable[..., Any]) -> tuple[Misconception, ...]:
    """One mistake that is met in several forms, e.g. with < and with <=: a misconception for each, of one name."""
    return tuple(Misconception(name, task, sentence, imitate) for imitate in imitations)
