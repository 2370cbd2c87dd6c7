"""`course grade`: every submission of an assignment marked, one after another, and the feedback pages written."""

from collections.abc import Callable, Iterable
from pathlib import Path

from tqdm import tqdm

from grader.course import Course
from grader.marking import Mark, mark
from grader.paths import CourseError


def grade(
    course: Course, assignment: str, students: list[str] | None = None, marker: Callable[..., Mark] = mark
) -> list[Mark]:
    """Mark submissions that lie in `submitted/` and write their feedback pages, with a progress bar.

    The log of a run that brought no verdict is kept in `logs/` of the course folder.

    Args:
        course: the course folder, with the assignment built.
        assignment: its name.
        students: whom to mark; None is everyone who submitted.
        marker: makes one mark.

    Raises:
        CourseError: there is nothing to mark.
    """
    students = course.submitted(assignment) if students is None else students
    if not students:
        place = course.folder("submitted", assignment, "STUDENT") / f"{assignment}.ipynb"
        raise CourseError(f"No submission of {assignment}: put notebooks at {place}, or pass --submissions DIR.")
    marks = []
    for student in progress(students):
        one = marker(course, assignment, student)
        if one.has_verdict:
            page = course.generate_feedback(assignment, student)
            if not page.success:
                tqdm.write(f"{student}: marked, but the feedback page could not be written ({page.last_error()})")
        else:
            log = log_path(course, assignment, student)
            log.parent.mkdir(exist_ok=True)
            log.write_text(one.log, encoding="utf-8")
        marks.append(one)
    return marks


def progress(students: Iterable[str]) -> Iterable[str]:
    """The students, with a bar that shows who is being marked."""
    with tqdm(students, desc="Marking", unit="notebook") as bar:
        for student in bar:
            bar.set_postfix_str(student)
            yield student


def log_path(course: Course, assignment: str, student: str) -> Path:
    """Where the log of a run without a verdict is kept."""
    return course.root / "logs" / f"{assignment}-{student}.log"
