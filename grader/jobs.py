"""From a course and a submission to the job that a worker grades, and from its reply to a mark.

A `Batch` is one assignment about to be graded: settings, homework, secret and version are read once. It never writes
the gradebook; that is `grader.hooks`.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.utils import parse_utc
from traitlets import Bool, Enum, Integer, TraitError, Unicode
from traitlets.config import Configurable

from grader.box.limits import Box, Limits
from grader.course import Course
from grader.homework import Homework, read_homework
from grader.intake import MAX_BYTES, Intake, take_in
from grader.marks import Mark, Task, total
from grader.paths import CONFIG, CourseError
from grader.rawfile import read_plain
from grader.ready import code_digest
from grader.results import BadVerdict, Results, read_reply

STATE = ".grader"
"""The grader's own folder in the course folder."""

WEIGHS = ("torch", "numpy")
"""Packages whose version may change a verdict."""


class Grading(Configurable):
    """The settings of marking, `c.Grading` in nbgrader_config.py."""

    device = Enum(("cpu", "cuda"), default_value="cpu", help="Where the answers compute.").tag(config=True)
    boxed = Bool(True, help="False gives up the box: a submission can then do what you can.").tag(config=True)
    judge = Unicode("grader.judging.grade_submission", help="Grades one job: bytes to bytes.").tag(config=True)
    max_bytes = Integer(MAX_BYTES, min=1, help="Larger notebooks are not opened.").tag(config=True)

    @property
    def is_the_kits(self) -> bool:
        """Whether the judge is the kit's own, which needs the box and code that is the same everywhere."""
        return self.judge.startswith("grader.")


@dataclass(frozen=True)
class Submission:
    """One student's submission as it was taken in.

    Attributes:
        student: the name of the folder.
        intake: the answers, or the problem.
        timestamp: when it was handed in, as nbgrader wrote it; None if that is not known.
        digest: of all that a verdict depends on; equal answers have equal digests.
    """

    student: str
    intake: Intake
    timestamp: str | None
    digest: str


class Batch:
    """One assignment about to be graded.

    Args:
        course: the course folder, with the assignment built.
        assignment: its name.
        device: another device than the course's settings say.
        boxed: False gives up the box (as `c.Grading.boxed = False` does).

    Raises:
        CourseError: the assignment is not built.
    """

    def __init__(self, course: Course, assignment: str, device: str | None = None, boxed: bool = True) -> None:
        self.course = course
        self.assignment = assignment
        self.homework: Homework = read_homework(course, assignment)
        self._box_holds = False
        self.template: NotebookNode | None = None  # made by grader.staging
        try:
            self.settings = Grading(config=course.config)
            self.limits = Box(config=course.config).limits().to_dict()
        except TraitError as error:
            raise CourseError(f"A setting in {CONFIG} is wrong. {error}") from error
        self.settings.device = device or self.settings.device
        self.settings.boxed = boxed and self.settings.boxed

    @cached_property
    def version(self) -> str:
        """A digest of all that turns answers into a mark: the grader, the homework, the limits, the device."""
        parts = {
            "code": code_digest(),
            "source": hashlib.sha256(self.course.notebook("source", self.assignment).read_bytes()).hexdigest(),
            "release": _digest([one.stub for one in self.homework.answers.values()]),
            "limits": self.limits,
            "device": self.settings.device,
            "boxed": self.settings.boxed,
            "judge": self.settings.judge,
            "packages": {name: _version(name) for name in WEIGHS},
        }
        return _digest(parts)

    @cached_property
    def results(self) -> Results:
        """The store of verdicts."""
        folder = self.course.root / STATE / "results"
        return Results(folder, self.assignment, self.version, self.homework.points)

    @cached_property
    def secret(self) -> bytes:
        """The course's secret, from which the probes of each submission follow."""
        return read_secret(self.course.root / STATE / "secret")

    def students(self) -> list[str]:
        """Names of those who have a folder for the assignment in `submitted/`, whatever is in it."""
        return self.course.submitted(self.assignment)

    def read(self, student: str) -> Submission:
        """Take in what a student handed in. Nothing in the student's folder makes this raise."""
        folder = self.course.folder("submitted", self.assignment, student)
        intake = take_in(folder, self.homework, self.settings.max_bytes)
        digest = _digest([intake.answers, intake.helpers, intake.repairs, intake.problem])
        return Submission(student, intake, read_timestamp(folder), digest)

    def known(self, submission: Submission) -> Mark | None:
        """The mark if nobody needs to grade: there is nothing to grade, or it was graded by this very grader."""
        if submission.intake.problem is not None:
            return self._same_for_all(submission, 0.0, "invalid-notebook", submission.intake.problem)
        mark = self.results.find(submission.digest)
        return replace(mark, student=submission.student) if mark else None

    def job(self, submission: Submission) -> bytes:
        """What `grade_submission` needs, as JSON; the same submission makes the same bytes."""
        intake = submission.intake
        answered = _digest([intake.answers, intake.helpers]).encode()
        seed = int.from_bytes(hmac.new(self.secret, answered, hashlib.sha256).digest()[:6])
        answers = self.homework.answers.values()
        job = {
            "assignment": self.assignment,
            "answers": intake.answers,
            "helpers": intake.helpers,
            "model_answers": {one.grade_id: one.model for one in answers if one.is_code},
            "setup": self.homework.setup,
            "points": self.homework.points,
            "device": self.settings.device,
            "limits": self.limits,
            "boxed": self.settings.boxed,
            "seed": seed,
            "repairs": intake.repairs,
        }
        return json.dumps(job, ensure_ascii=False, sort_keys=True).encode("utf-8")

    def settle(self, submission: Submission, reply: bytes, keep: bool = True) -> Mark:
        """The mark that a worker's reply holds; a verdict goes into the store.

        A reply that is no verdict becomes a mark without one (`infrastructure`), which is not stored.

        Args:
            submission: what was graded.
            reply: what `grade_submission` returned.
            keep: whether to store it.
        """
        try:
            mark = read_reply(reply, self.homework.points)
        except BadVerdict as error:
            return self.no_verdict(submission, f"The worker's reply is no verdict. {error}")
        if keep and mark.has_verdict:
            self.results.keep(submission.digest, mark)
        return replace(mark, student=submission.student)

    def no_verdict(self, submission: Submission, log: str) -> Mark:
        """The mark of a submission that could not be graded through no fault of its own: a person is needed."""
        return self._same_for_all(submission, None, "infrastructure", None, log)

    def judge(self) -> Callable[[bytes], bytes]:
        """The function that grades one job. Raises CourseError if the settings name none."""
        module, _, name = self.settings.judge.rpartition(".")
        try:
            return getattr(import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise CourseError(f"c.Grading.judge = {self.settings.judge!r} names no function: {error}") from error

    def check_box(self) -> None:
        """See to it, once, that the box holds; a judge that is not the kit's sees to its own. Raises if it does not."""
        if not self._box_holds and self.settings.boxed and self.settings.is_the_kits:
            limits = Limits.from_dict(self.limits)
            import_module("grader.box.preflight").require(device=self.settings.device, limits=limits)
        self._box_holds = True

    def mark_here(self, submission: Submission) -> Mark:
        """The mark, graded in this process unless it is known. Trouble of the grader's becomes `infrastructure`."""
        mark = self.known(submission)
        if mark is None:
            try:
                self.check_box()
                mark = self.settle(submission, self.judge()(self.job(submission)))
            except Exception as error:  # the other students' marks must not wait for this one
                mark = self.no_verdict(submission, f"{type(error).__name__}: {error}")
        return mark

    def _same_for_all(
        self, submission: Submission, score: float | None, fault: str, message: str | None, log: str = ""
    ) -> Mark:
        """A mark whose tasks all have one score and one message."""
        points = self.homework.points.items()
        return total(submission.student, [Task(name, score, most, None, message) for name, most in points], fault, log)


def read_secret(path: Path) -> bytes:
    """The course's secret, made on first use (32 random bytes as hex, readable for its owner only).

    Raises:
        CourseError: the file is damaged.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # unlike a rename, this leaves the secret of a faster process alone
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    secret = path.read_bytes().strip()
    if len(secret) < 32:
        raise CourseError(f"The secret {path} is damaged: remove it, and submissions will get other probes.")
    return secret


def read_timestamp(folder: Path) -> str | None:
    """When a submission was handed in, from its timestamp.txt; None if that is not there or makes no sense."""
    if folder.is_symlink() or folder.parent.is_symlink():
        return None
    try:
        text = read_plain(folder / "timestamp.txt", 1000).decode("utf-8").strip()
        return text if text and parse_utc(text) else None
    except Exception:  # dateutil fails in many ways
        return None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _digest(data: object) -> str:
    """A digest of plain data."""
    text = json.dumps(data, ensure_ascii=True, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
