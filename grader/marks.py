"""Marks as plain data: what a grading of one submission found, and its JSON form."""

from dataclasses import asdict, dataclass, field
from typing import Any

FAULTS = ("timeout", "memory", "output", "crash", "invalid-notebook", "infrastructure")
NO_VERDICT = ("infrastructure",)
"""Faults that say nothing about the submission: no mark, a person has to look."""
VERDICT, SUBMISSION = "course_verdict", "course_submission"
"""Keys of an autograded notebook's metadata: the mark, and what it depends on."""


@dataclass
class Property:
    """One thing that a task's answer must have, and whether it has it. `title` and `message` are for the student."""

    name: str
    title: str
    score: float
    max_score: float
    message: str | None = None

    @property
    def passed(self) -> bool:
        return self.score >= self.max_score


@dataclass
class Task:
    """The mark of one answer cell.

    Attributes:
        grade_id: of the answer cell.
        score: None if no verdict was reached.
        max_score: the points of its test cell.
        diagnosis: the name of the known mistake, or None.
        message: one or two Russian sentences for the student; None if all is well.
        properties: the points one by one.
        remarks: Russian sentences that cost nothing, such as one about a slow loop.
        example: the student's answer beside the right one on an example that is no graded probe (see grader.feedback).
    """

    grade_id: str
    score: float | None
    max_score: float
    diagnosis: str | None = None
    message: str | None = None
    properties: list[Property] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    example: dict[str, Any] | None = None


@dataclass
class Mark:
    """The autograded marks of one student. `fault` is None or one of `FAULTS`; `log` is for the instructor."""

    student: str
    score: float | None
    max_score: float
    fault: str | None = None
    tasks: list[Task] = field(default_factory=list)
    log: str = field(default="", repr=False)

    @property
    def has_verdict(self) -> bool:
        """Whether the score is what the answers deserve, and not merely the absence of a result."""
        return self.fault not in NO_VERDICT

    def as_json(self) -> dict[str, Any]:
        """The mark as plain data; `from_json` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Mark":
        """The mark that `as_json` wrote. KeyError or TypeError if it is not one."""
        tasks = [
            Task(**{**task, "properties": [Property(**one) for one in task["properties"]]}) for task in data["tasks"]
        ]
        return cls(**{**data, "tasks": tasks})


def total(student: str, tasks: list[Task], fault: str | None = None, log: str = "") -> Mark:
    """A student's mark from the marks of the tasks; without a verdict there is no score."""
    if fault in NO_VERDICT:
        for task in tasks:
            task.score = None
    score = None if fault in NO_VERDICT else sum(task.score for task in tasks)
    return Mark(student, score, sum(task.max_score for task in tasks), fault, tasks, log)
