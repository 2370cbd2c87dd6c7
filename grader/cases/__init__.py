"""The hidden cases of the homework.

`examine` gives points by property; it is what marks are made of. The `grade_*` functions are for the hidden part of the
instructor's test cells, which `nbgrader validate` runs: each takes a function of that very notebook (and a seed for the
probes; None = fresh) and raises `WrongAnswer`, a Russian sentence, if it is wrong.
"""

from collections.abc import Callable
from functools import partial

from grader.cases.asking import LocalNotebook, WrongAnswer
from grader.cases.examining import Examined, examine, randomised_tests
from grader.cases.properties import PROPERTIES

__all__ = [
    "PROPERTIES",
    "Examined",
    "WrongAnswer",
    "examine",
    "false_alarm_bound",
    "grade_draw",
    "grade_entropy",
    "grade_generate",
    "grade_nucleus_probs",
    "grade_sampler",
    "grade_temperature_probs",
    "grade_top_k_probs",
    "randomised_tests",
]


def _grade(task: str, function: Callable, seed: int | None = None) -> None:
    """WrongAnswer, about the first property that fails."""
    if complaint := examine(task, LocalNotebook({task: function}), seed).complaint:
        raise WrongAnswer(complaint)


grade_temperature_probs = partial(_grade, "temperature_probs")
grade_top_k_probs = partial(_grade, "top_k_probs")
grade_nucleus_probs = partial(_grade, "nucleus_probs")
grade_entropy = partial(_grade, "entropy")
grade_draw = partial(_grade, "draw")
grade_sampler = partial(_grade, "Sampler")
grade_generate = partial(_grade, "generate")


def false_alarm_bound() -> float:
    """Upper bound of the probability that a wholly right homework loses a point to chance, over all its tests."""
    return sum(bound for _, bound in randomised_tests())
