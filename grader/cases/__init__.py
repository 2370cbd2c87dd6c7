"""The hidden tests of the homework: one `grade_*` function per task, called from the hidden part of its test cell.

Each takes the student's function (and a seed for the probes; None = fresh) and raises `WrongAnswer` if it is wrong; the
message is a Russian sentence for the student. Exact comparisons first, draws after.
"""

from grader.cases import drawing, sampler
from grader.cases.asking import WrongAnswer
from grader.cases.drawing import grade_draw
from grader.cases.exact import grade_entropy, grade_nucleus_probs, grade_temperature_probs, grade_top_k_probs
from grader.cases.generation import grade_generate
from grader.cases.lending import Lent
from grader.cases.sampler import grade_sampler

__all__ = [
    "Lent",
    "WrongAnswer",
    "false_alarm_bound",
    "grade_draw",
    "grade_entropy",
    "grade_generate",
    "grade_nucleus_probs",
    "grade_sampler",
    "grade_temperature_probs",
    "grade_top_k_probs",
]


def false_alarm_bound() -> float:
    """Upper bound of the probability that a wholly right homework loses a point to chance, over all its tests."""
    return drawing.false_alarm_bound() + sampler.false_alarm_bound()
