"""One task of a notebook examined: its properties with their points, and everything that was seen on the way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from grader.cases import drawing, exact, generation, refusals, sampler
from grader.cases.asking import Examination, Notebook
from grader.cases.properties import PROPERTIES
from grader.marks import Property
from grader.misconceptions.base import Evidence
from grader.misconceptions.plain import Diagnosis

LOOP_REMARK = (
    "Строки обрабатываются по одной, в цикле. Ответ верен, но на большом батче он будет медленным: почти всё здесь "
    "можно сделать одной операцией над всей матрицей."
)
NOT_EXAMINED = "Не проверялось: сначала нужно исправить «{}»."
Stage = Callable[[Examination], dict[str, str | None]]  # complaints by property


@dataclass
class Examined:
    """What an examination came to. `properties` grows while it goes on, so that an interrupted one still has some.

    `undefined`: why there was nothing to examine, if no function or class of the task's name was there.
    """

    task: str
    properties: list[Property] = field(default_factory=list)
    evidence: Evidence = field(default_factory=Evidence)
    remarks: list[str] = field(default_factory=list)
    undefined: Diagnosis | None = None

    @property
    def score(self) -> float:
        """The sum over the properties."""
        return sum(one.score for one in self.properties)

    @property
    def complaint(self) -> str | None:
        """The sentence about the first thing that is wrong."""
        return next((one.message for one in self.properties if not one.passed), None)


def _exact_stages(task: str, rng: np.random.Generator) -> Iterator[Stage]:
    for name, cases in exact.MAKE[task](rng).items():

        def stage(exam: Examination, name: str = name, cases: list[exact.Case] = cases) -> dict[str, str | None]:
            exact.examine_property(exam, name, cases)
            return {name: exam.take_complaint()}

        yield stage


def stages(task: str, rng: np.random.Generator) -> list[Stage]:
    """The stages of a task's examination, in the order of its properties."""
    if task in exact.MAKE:
        return list(_exact_stages(task, rng))
    return {
        "draw": [drawing.examine_draws, drawing.examine_interface],
        "Sampler": [
            sampler.examine_greedy,
            sampler.examine_entropies,
            sampler.examine_draws,
            sampler.examine_extremes,
            refusals.examine_errors,
        ],
        "generate": [generation.examine_tapes],
    }[task]


def examine(task: str, notebook: Notebook, seed: int | list[int] | None = None) -> Examined:
    """Examine one task. Whatever `notebook` raises other than an answer's own errors comes through.

    Args:
        task: the grade_id of the answer cell.
        notebook: who answers.
        seed: of the probes; None is fresh.
    """
    examined = Examined(task)
    for _ in examine_by_stages(examined, notebook, seed):
        pass
    return examined


def examine_by_stages(examined: Examined, notebook: Notebook, seed: int | list[int] | None) -> Iterator[None]:
    """The same, into `examined`; yields after each stage."""
    exam = Examination(examined.task, notebook, np.random.default_rng(seed), examined.evidence)
    parts = {part.name: part for part in PROPERTIES[examined.task]}
    passed: dict[str, bool] = {}
    for stage in stages(examined.task, exam.rng):
        for name, complaint in stage(exam).items():
            part = parts[name]
            if complaint is None and part.needs and not passed[part.needs]:
                complaint = NOT_EXAMINED.format(parts[part.needs].title)
            passed[name] = complaint is None
            score = part.points if complaint is None else 0.0
            examined.properties.append(Property(name, part.title, score, part.points, complaint))
        yield
    if examined.task in exact.MAKE and all(passed.values()) and exact.loops_over_rows(exam):
        examined.remarks.append(LOOP_REMARK)


def randomised_tests() -> list[tuple[str, float]]:
    """Every randomised test of a full grading, with an upper bound of its false-alarm rate.

    A `Sampler` that fails is examined once more with right helpers lent to it, so its tests count twice.
    """
    tests = [(f"draw, {name}", bound) for name, bound in drawing.tests()]
    return tests + 2 * [(f"Sampler, {name}", bound) for name, bound in sampler.tests()]
