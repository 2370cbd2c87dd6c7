"""The coordinator of `course grade`: submissions in, marks in the gradebook, and only it writes there.

Whatever is killed at whatever moment, the next run goes on from what lies on the disk: a verdict in the store is not
made again, and a mark is recorded again unless gradebook and `autograded/` hold it whole.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from grader import dask_pool, hooks, pool
from grader.attempts import Settled, Work
from grader.course import Course
from grader.intake import Intake
from grader.jobs import STATE, Batch, Submission
from grader.lock import only_one
from grader.marks import NO_VERDICT, Mark
from grader.names import LONGEST_NAME, name_problem
from grader.paths import CourseError
from grader.ready import Ready, code_digest
from grader.results import BadVerdict, read_reply
from grader.submissions import Collected, collect

SPARE = 240.0
"""Seconds that one job may take beside what its submission may: a box that starts slowly, and diagnoses."""


@dataclass(frozen=True)
class How:
    """How to grade.

    Attributes:
        device: "cpu" or "cuda"; None is what the course's settings say.
        workers: processes on this machine; None is one for each core.
        dask: a Dask scheduler's address or file, in place of processes here.
        boxed: False runs students' code without the box, with all that this process may do.
        again: grade anew what has a verdict of this grader already.
    """

    device: str | None = None
    workers: int | None = None
    dask: str | None = None
    boxed: bool = True
    again: bool = False


def grade(
    course: Course,
    assignment: str,
    students: list[str] | None = None,
    how: How | None = None,
    submissions: Path | None = None,
    tell: Callable[[Collected], None] = lambda _: None,
) -> list[Mark]:
    """Grade submissions that lie in `submitted/`: gradebook, autograded notebooks, feedback pages, with a progress bar.

    The log of a submission without a verdict is kept in `logs/` of the course folder.

    Args:
        course: the course folder, with the assignment built.
        assignment: its name.
        students: whom to grade; None is everyone who submitted.
        how: see `How`.
        submissions: a folder of submissions to be copied into `submitted/` first; then their students are graded.
        tell: is told what was copied before it is graded.

    Returns:
        The marks in the order of `students`.

    Raises:
        CourseError: there is nothing to grade, the course's settings are wrong, the box does not hold, or somebody else
            is grading in this folder.
    """
    how = how or How()
    with only_one(course.root / STATE / "lock", f"grading {assignment}"):
        batch = Batch(course, assignment, how.device, how.boxed)
        hooks.check_course(course)
        hooks.check_points(batch)
        marks: dict[str, Mark] = {}
        if submissions:
            collected = collect(course, assignment, submissions)
            tell(collected)
            students = collected.students
            marks = {student: unreadable(batch, student, why) for student, why in collected.unreadable.items()}
        students = somebody(course, assignment, students)
        waiting = [student for student in students if student not in marks]
        with progress(len(waiting)) as bar:
            for one in verdicts(batch, waiting, how):
                mark = enter(batch, one.submission, one.mark)
                marks[one.submission.student] = mark
                show_done(bar, mark, one.is_new)
    return [marks[student] for student in students]


def somebody(course: Course, assignment: str, students: list[str] | None) -> list[str]:
    """The students to grade, each once. Raises CourseError if there is none."""
    students = course.submitted(assignment) if students is None else list(dict.fromkeys(students))
    if not students:
        place = course.folder("submitted", assignment, "STUDENT") / f"{assignment}.ipynb"
        raise CourseError(f"No submission of {assignment}: put notebooks at {place}, or pass --submissions DIR.")
    return students


@dataclass(frozen=True)
class Verdict:
    """A submission and its mark; `is_new` if it was graded just now."""

    submission: Submission
    mark: Mark
    is_new: bool


def verdicts(batch: Batch, students: list[str], how: How, keep: bool = True) -> Iterator[Verdict]:
    """Every student's mark: first those that are known already, then the others as they are graded.

    Equal answers are graded once; their probes are the same in any case.

    Args:
        batch: the assignment.
        students: whose.
        how: see `How`.
        keep: whether verdicts go into the store.
    """
    waiting: dict[str, list[Submission]] = {}
    for student in students:
        submission = batch.read(student)
        mark = unnamable(batch, submission) or batch.known(submission)
        if mark is None or (how.again and submission.intake.problem is None and mark.has_verdict):
            if not waiting and not how.dask:
                pool.warm_up(batch.settings.judge)
            waiting.setdefault(submission.digest, []).append(submission)
        else:
            yield Verdict(submission, mark, False)
    works = [Work(key, batch.job(same[0]), longest(batch)) for key, same in waiting.items()]
    for settled in run(batch, works, how) if works else ():
        for submission in waiting.pop(settled.key):
            if settled.verdict is None:
                mark = batch.no_verdict(submission, settled.log)
            else:
                mark = batch.settle(submission, settled.verdict, keep)
            yield Verdict(submission, mark, True)


def run(batch: Batch, works: list[Work], how: How) -> Iterator[Settled]:
    """Run jobs in the way that was asked for, once it is known that they can run there."""

    def check(work: Work, reply: bytes) -> None:
        mark = read_reply(reply, batch.homework.points)
        if mark.fault in NO_VERDICT:
            raise BadVerdict(f"no verdict: {mark.log}")

    settings = batch.settings
    ready = Ready(settings.boxed and settings.is_the_kits, settings.device, batch.limits)
    if how.dask:
        expected = {"grader": code_digest()} if settings.is_the_kits else {}
        return dask_pool.run(works, how.dask, check, settings.judge, ready, expected)
    return pool.run(works, how.workers or pool.default_workers(), check, settings.judge, ready)


def longest(batch: Batch) -> float:
    """Seconds after which a job hangs by the grader's fault."""
    return batch.limits["submission_seconds"] + SPARE


def unnamable(batch: Batch, submission: Submission) -> Mark | None:
    """The mark of a student whose folder's name cannot be worked with; None for all others."""
    name = submission.student
    if (why := name_problem(name)) is None:
        return None
    log = f"The folder name {ascii(name)} {why}: rename it and grade again."
    return replace(batch.no_verdict(submission, log), student=name if name.isprintable() else ascii(name)[1:-1])


def unreadable(batch: Batch, student: str, why: str) -> Mark:
    """The mark of a student whose file could not be opened: none. What was handed in before stays, with its mark."""
    submission = Submission(student, Intake(), None, "")
    log = f"{why}: ask for another file. What was handed in before and its mark stay."
    mark = unnamable(batch, submission) or batch.no_verdict(submission, log)
    keep_log(batch, mark)
    return mark


def enter(batch: Batch, submission: Submission, mark: Mark) -> Mark:
    """Write a mark into the gradebook, unless it is there, and the feedback page.

    Returns:
        The mark, or one without a verdict if it cannot be recorded.
    """
    if name_problem(submission.student) is None and hooks.recorded(batch, submission) != replace(mark, log=""):
        try:
            hooks.record(batch, submission, mark)
        except Exception as error:  # one student's trouble must not stop the others' marks
            mark = batch.no_verdict(submission, f"The mark could not be recorded. {type(error).__name__}: {error}")
    if mark.has_verdict:
        log_path(batch.course, batch.assignment, mark.student).unlink(missing_ok=True)
        write_page(batch, submission.student)
    else:
        keep_log(batch, mark)
        page_path(batch, submission.student).unlink(missing_ok=True)
    return mark


def keep_log(batch: Batch, mark: Mark) -> None:
    """Write down why there is no verdict."""
    log = log_path(batch.course, batch.assignment, mark.student)
    log.parent.mkdir(exist_ok=True)
    log.write_text(mark.log, encoding="utf-8")


def write_page(batch: Batch, student: str) -> None:
    """Write a student's feedback page, unless it is there and newer than the autograded notebook."""
    page, notebook = page_path(batch, student), batch.course.notebook("autograded", batch.assignment, student)
    try:
        whole = page.read_bytes().rstrip().endswith(b"</html>")
        if whole and page.stat().st_mtime_ns >= notebook.stat().st_mtime_ns:
            return
    except OSError:
        pass
    outcome = batch.course.generate_feedback(batch.assignment, student)
    if not outcome.success:
        tqdm.write(f"{student}: graded, but the feedback page could not be written ({outcome.last_error()})")


def page_path(batch: Batch, student: str) -> Path:
    """Where a student's feedback page is."""
    return batch.course.notebook("feedback", batch.assignment, student).with_suffix(".html")


def log_path(course: Course, assignment: str, student: str) -> Path:
    """Where the log of a submission without a verdict is kept."""
    name = student if len(os.fsencode(student)) <= LONGEST_NAME else f"{student[:40]}-{hash_of(student)}"
    return course.root / "logs" / f"{assignment}-{name}.log"


def hash_of(name: str) -> str:
    """A few letters that stand for a long name."""
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:12]


def progress(number: int) -> tqdm:
    """A bar with the last student, the verdict and the time left."""
    return tqdm(total=number, desc="Grading", unit="notebook", smoothing=0)


def show_done(bar: tqdm, mark: Mark, is_new: bool = True) -> None:
    """Move the bar on by one student; the time left is estimated from those who are new."""
    verdict = f"{mark.score:g} of {mark.max_score:g}" if mark.has_verdict else "a person is needed"
    bar.set_postfix_str(f"{mark.student}: {verdict}", refresh=False)
    bar.initial += not is_new
    bar.update()
