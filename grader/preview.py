"""`course grade --preview`: whose mark the grader as it is now would change, by how much and why; writes nothing."""

import json
import secrets
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy.engine import make_url

from grader.course import Course
from grader.grading import How, progress, show_done, somebody, verdicts
from grader.hooks import VERDICT, check_course
from grader.jobs import STATE, Batch
from grader.marks import Mark, Task
from grader.paths import CourseError


@dataclass(frozen=True)
class TaskChange:
    """What would change in one task.

    Attributes:
        grade_id: of the answer.
        old: points in the gradebook, None if there are none yet.
        new: points now, None without a verdict.
        manual: points given by hand, which stand in any case; None if there are none.
        reason: why, in words.
    """

    grade_id: str
    old: float | None
    new: float | None
    manual: float | None
    reason: str

    @property
    def difference(self) -> float:
        """By how many points the student's sum changes."""
        return 0.0 if self.manual is not None else (self.new or 0.0) - (self.old or 0.0)


@dataclass(frozen=True)
class Change:
    """What would change for one student; `is_first` if the gradebook has no mark of the student's yet."""

    student: str
    tasks: list[TaskChange]
    is_first: bool

    @property
    def difference(self) -> float:
        """By how many points the student's sum changes."""
        return sum(task.difference for task in self.tasks)


@dataclass(frozen=True)
class Preview:
    """What a grading would change, and all marks that it would give."""

    changes: list[Change]
    marks: list[Mark]


def preview(course: Course, assignment: str, students: list[str] | None = None, how: How | None = None) -> Preview:
    """Grade as `course grade` would, and compare with the gradebook. Not a file of the course folder is changed.

    Raises:
        CourseError: the assignment is not built, there is nothing to grade, the course's settings are wrong, or the box
            does not hold.
    """
    how = how or How()
    if not course.notebook("release", assignment).is_file():
        raise CourseError(f"{assignment} was not built yet, so there is nothing to compare: run `course build` first.")
    check_course(course)
    students = somebody(course, assignment, students)
    batch = Batch(course, assignment, how.device, how.boxed)
    if not (course.root / STATE / "secret").exists():
        batch.secret = secrets.token_bytes(32)  # or it would be made and kept
    marks: dict[str, Mark] = {}
    with progress(len(students)) as bar:
        for one in verdicts(batch, students, how, keep=False):
            marks[one.submission.student] = one.mark  # the mark's own name is one that can be shown
            show_done(bar, one.mark, one.is_new)
    with gradebook_to_read(course) as gradebook:
        compared = [compare(batch, gradebook, marks[student]) for student in students]
    return Preview([change for change in compared if change.tasks], [marks[student] for student in students])


@contextmanager
def gradebook_to_read(course: Course) -> Iterator[Gradebook | None]:
    """The gradebook, in a copy if it is a file: nbgrader writes to what it opens. None if there is none yet."""
    url = make_url(course.directory.db_url)
    if url.get_backend_name() != "sqlite":
        with course.gradebook() as gradebook:
            yield gradebook
        return
    if not Path(url.database).is_file():
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="course-preview-") as folder:
        copy = Path(folder) / "gradebook.db"
        with (
            closing(sqlite3.connect(f"{Path(url.database).resolve().as_uri()}?mode=ro", uri=True)) as original,
            closing(sqlite3.connect(copy)) as target,
        ):
            original.backup(target)
        with Gradebook(f"sqlite:///{copy}", course.directory.course_id) as gradebook:
            yield gradebook


def compare(batch: Batch, gradebook: Gradebook | None, mark: Mark) -> Change:
    """What the mark would change in the gradebook."""
    grades = read_grades(batch, gradebook, mark.student)
    before = earlier_tasks(batch, mark.student)
    changes = []
    for task in mark.tasks:
        grade = grades.get(task.grade_id)
        old, manual = (grade.auto_score, grade.manual_score) if grade else (None, None)
        if old != task.score:
            reason = why(task, before.get(task.grade_id), mark.fault)
            changes.append(TaskChange(task.grade_id, old, task.score, manual, reason))
    return Change(mark.student, changes, not grades)


def read_grades(batch: Batch, gradebook: Gradebook | None, student: str) -> dict[str, Any]:
    """nbgrader's grades of a student by the grade_id of the answer; {} if there are none."""
    if gradebook is None:
        return {}
    try:
        submitted = gradebook.find_submission_notebook(batch.assignment, batch.assignment, student)
    except MissingEntry:
        return {}
    tests = batch.homework.tests
    return {tests[grade.name]: grade for grade in submitted.grades if grade.name in tests}


def earlier_tasks(batch: Batch, student: str) -> dict[str, dict[str, Any]]:
    """The tasks of the verdict that `autograded/` holds, by grade_id; {} if there is none."""
    path = batch.course.notebook("autograded", batch.assignment, student)
    try:
        tasks = json.loads(path.read_text(encoding="utf-8"))["metadata"][VERDICT]["tasks"]
        return {task["grade_id"]: task for task in tasks}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def why(task: Task, before: dict[str, Any] | None, fault: str | None) -> str:
    """The diagnosis now and then, or what else there is to say."""
    if task.score is None:
        return "no verdict"
    now = task.diagnosis or (fault if task.score < task.max_score else None) or task.message or ""
    then = (before or {}).get("diagnosis") or ""
    if then and then != now:
        return f"{then} → {now or 'all right'}"
    return now or "all right"
