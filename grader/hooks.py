"""nbgrader's autograding with marks from outside: the parts that nbgrader_config.py plugs in, and `record`.

`nbgrader autograde`, the formgrader's button and `course grade` all run nbgrader's own `Autograde` converter with these
parts, so late penalties, manual marks and comments stay nbgrader's business. What differs: the converter is led to a
staging folder (see `grader.staging`), nothing is executed here, and the scores are those of the verdict.
"""

import fnmatch
import json
import logging
import shutil
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import AssignLatePenalties, Execute, NbGraderPreprocessor, SaveAutoGrades

from grader.course import Course
from grader.jobs import Batch, Submission
from grader.marks import SUBMISSION, VERDICT, Mark, Task
from grader.names import name_problem
from grader.paths import CONFIG, CourseError
from grader.results import BadVerdict, check
from grader.staging import Staging
from grader.template import show_verdict


class SubmissionExporter(NotebookExporter):
    """Leads nbgrader's `Autograde` to clean notebooks. Set it as `c.Autograde.exporter_class`.

    The converter makes its exporter after it has looked for notebooks and before it touches one. Here, every
    submission is taken in and staged, and the converter's own list is replaced; students without a readable notebook
    are in it too.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.staging: Staging | None = None
        self.marks: dict[str, Mark] = {}
        if isinstance(self.parent, Autograde):
            try:
                self._take_over(self.parent)
            except CourseError as error:
                self.log.error(str(error))
                raise NbGraderException(str(error)) from error

    def mark(self, student: str) -> Mark:
        """The student's mark: the one that was given, the stored one, or a new one, graded here."""
        if student not in self.marks:
            mark = self.staging.batch.mark_here(self.staging.submissions[student])
            if not mark.has_verdict:
                self.log.error("No verdict on %s, a person is needed: %s", student, mark.log)
            self.marks[student] = mark
        return self.marks[student]

    def _take_over(self, converter: Autograde) -> None:
        directory = converter.coursedir
        if isinstance(converter, Recording):
            batch, submissions = converter.batch, [converter.submission]
            self.marks[converter.submission.student] = converter.mark
        else:
            batch = Batch(Course.around(directory, converter.config), directory.assignment_id)
            check_points(batch)
            wanted = fnmatch.fnmatchcase(batch.assignment, directory.notebook_id)
            students = fnmatch.filter(batch.students(), directory.student_id) if wanted else []
            for student in students:
                if why := name_problem(student):
                    self.log.error("The folder name %a %s: rename it and grade again.", student, why)
            submissions = [batch.read(student) for student in students if name_problem(student) is None]
        self.staging = Staging(batch, directory)
        if isinstance(converter, Recording):
            converter.staging = self.staging
        for submission in submissions:
            if submission.intake.problem:
                self.log.warning("%s: %s", submission.student, submission.intake.problem)
            self.staging.add(submission)
        converter.coursedir = self.staging.directory
        converter.assignments = self.staging.notebooks


def exporter_of(preprocessor: NbGraderPreprocessor) -> SubmissionExporter:
    """The exporter that a preprocessor works for. Raises NbGraderException if it is another kind."""
    exporter = preprocessor.parent
    if not isinstance(exporter, SubmissionExporter) or exporter.staging is None:
        name = type(preprocessor).__name__
        raise NbGraderException(f"{name} needs c.Autograde.exporter_class = SubmissionExporter in {CONFIG}.")
    return exporter


class ForeignFiles(NbGraderPreprocessor):
    """Sees to it that nothing of a student's but the notebook and the timestamp lies in `autograded/`.

    Nothing else is staged; this removes what an earlier run in another way has left. The instructor's own files,
    such as pictures that the homework shows, stay.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        converter = exporter_of(self).parent
        about = resources["nbgrader"]
        folder = Path(converter._format_dest(about["assignment"], about["student"]))
        source = Path(converter.coursedir.format_path(converter.coursedir.source_directory, ".", about["assignment"]))
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            own = path.name == "timestamp.txt" or (source / path.relative_to(folder)).exists()
            if path.is_symlink() or (not own and path.is_file()):
                path.unlink()
            elif not own and path.is_dir():
                shutil.rmtree(path)
        return nb, resources


class MarkInBox(NbGraderPreprocessor):
    """Gets the verdict, in place of nbgrader's `Execute`, and shows it in the notebook; no student's code runs here."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        exporter = exporter_of(self)
        student = resources["nbgrader"]["student"]
        mark = exporter.mark(student)
        resources[VERDICT] = mark
        show_verdict(nb, exporter.staging.batch.homework, mark, exporter.staging.submissions[student].intake.repairs)
        return nb, resources


class SaveMarks(SaveAutoGrades):
    """Writes the verdict's points into the gradebook, and the verdict into the notebook's metadata.

    Answers that a person marks are nbgrader's business, as are comments and manual marks that are there already.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        mark: Mark = resources[VERDICT]
        about = resources["nbgrader"]
        self.notebook_id, self.assignment_id, self.student_id = about["notebook"], about["assignment"], about["student"]
        staging = exporter_of(self).staging
        submission = staging.submissions[self.student_id]
        self.tests = staging.batch.homework.tests
        with Gradebook(about["db_url"]) as self.gradebook:
            self._add_verdict({task.grade_id: task for task in mark.tasks})
            nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)  # answers, cell by cell
            key = key_of(staging.batch, submission, self.gradebook)
        # The log is for the instructor and may tell about probes; the feedback page is made from this notebook.
        nb.metadata[VERDICT] = {**mark.as_json(), "log": ""}
        nb.metadata[SUBMISSION] = {**key, "repairs": submission.intake.repairs}
        return nb, resources

    def _add_verdict(self, tasks: dict[str, Task]) -> None:
        """The points of all test cells at once; without a verdict none, and a person has to look."""
        for test, answer in self.tests.items():
            grade = self.gradebook.find_grade(test, self.notebook_id, self.assignment_id, self.student_id)
            grade.auto_score = tasks[answer].score if answer in tasks else None
            grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        self.gradebook.db.commit()

    def _add_score(self, cell: NotebookNode, resources: dict) -> None:
        """The score of a cell that a person marks."""
        if cell.metadata["nbgrader"]["grade_id"] not in self.tests:
            super()._add_score(cell, resources)


class Recording(Autograde):
    """nbgrader's `Autograde` for one submission whose mark is known. `staging`: what the exporter leads it to."""

    batch: Batch
    submission: Submission
    mark: Mark
    staging: Staging | None = None

    def init_notebooks(self) -> None:
        """Nothing is looked for: the exporter says what there is."""


def record(batch: Batch, submission: Submission, mark: Mark) -> None:
    """Write a mark into the gradebook and the notebook into `autograded/`, as `nbgrader autograde` would.

    May be repeated, also after being killed in the middle: the end is the same.

    Args:
        batch: the assignment.
        submission: what was graded.
        mark: the mark, with a verdict or without.

    Raises:
        CourseError: nbgrader failed, for instance because its gradebook is locked or the settings are not the kit's.
    """
    course = batch.course
    converter = Recording(coursedir=course.directory, config=course.config)
    check_settings(converter)
    converter.batch, converter.submission, converter.mark = batch, submission, mark
    converter.force = converter.create_student = True
    handler = Lines()
    converter.log.addHandler(handler)
    try:
        with utils.temp_attrs(course.directory, assignment_id=batch.assignment):
            converter.start()
    except NbGraderException as error:
        raise CourseError(f"nbgrader could not record {submission.student}: {handler.last_error() or error}") from error
    finally:
        converter.log.removeHandler(handler)
        if converter.staging is not None:  # an exporter that could not be made has none
            converter.staging.close()


def recorded(batch: Batch, submission: Submission) -> Mark | None:
    """The mark if it was recorded whole: `autograded/` and the gradebook hold this submission's mark by this grader.

    None also if no verdict was reached, or if the timestamp, the due date or the late plug-in have changed since.
    """
    path = batch.course.notebook("autograded", batch.assignment, submission.student)
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
        mark = check(metadata[VERDICT], batch.homework.points)
        key = {name: value for name, value in metadata[SUBMISSION].items() if name != "repairs"}
        with batch.course.gradebook() as gradebook:
            if not mark.has_verdict or key != key_of(batch, submission, gradebook):
                return None
            name = batch.assignment
            found = gradebook.find_submission_notebook(name, name, submission.student)
            scores = {grade.name: grade.auto_score for grade in found.grades}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, BadVerdict, MissingEntry):
        return None
    tasks = {task.grade_id: task.score for task in mark.tasks}
    return mark if all(scores.get(test) == tasks[answer] for test, answer in batch.homework.tests.items()) else None


def key_of(batch: Batch, submission: Submission, gradebook: Gradebook) -> dict[str, Any]:
    """What a recorded mark depends on."""
    config = batch.course.config
    late = {name: repr(config[name]) for name in sorted(config) if "Late" in name}
    return {
        "digest": submission.digest,
        "version": batch.version,
        "timestamp": submission.timestamp,
        "due": str(gradebook.find_assignment(batch.assignment).duedate),
        "late": late,
        "points": points_of(gradebook, batch.assignment),
    }


def check_course(course: Course) -> None:
    """Raise CourseError, before anybody is graded, if the course's settings or late plug-in would stop every mark."""
    converter = Recording(coursedir=course.directory, config=course.config)
    check_settings(converter)
    try:
        AssignLatePenalties(parent=converter).init_plugin()
    except Exception as error:  # the plug-in is the instructor's own code
        name = course.config.get("AssignLatePenalties", {}).get("plugin_class")
        raise CourseError(
            f"c.AssignLatePenalties.plugin_class = {name!r} in {CONFIG} cannot be used: {type(error).__name__}: {error}"
        ) from error


def check_points(batch: Batch) -> None:
    """Raise CourseError if the gradebook has other tests or points than the release."""
    with batch.course.gradebook() as gradebook:
        try:
            same = points_of(gradebook, batch.assignment) == batch.homework.cells
        except MissingEntry:
            same = False
    if not same:
        name = batch.assignment
        raise CourseError(f"Gradebook and release of {name} have different tests or points: run `course build {name}`.")


def points_of(gradebook: Gradebook, assignment: str) -> dict[str, float]:
    """{grade_id: points} of all cells of an assignment that bear points. Raises MissingEntry."""
    cells = gradebook.find_notebook(assignment, assignment).grade_cells
    return {cell.name: cell.max_score for cell in cells}


def check_settings(converter: Autograde) -> None:
    """Raise CourseError unless the course's settings mark outside of the student's process."""
    steps = converter.autograde_preprocessors
    good = issubclass(converter.exporter_class, SubmissionExporter) and {MarkInBox, SaveMarks} <= set(steps)
    if not good or any(isinstance(step, type) and issubclass(step, Execute) for step in steps):
        raise CourseError(
            f"{CONFIG} of this course is not the kit's: copy c.Autograde's settings from assignments/{CONFIG}."
        )


class Lines(logging.Handler):
    """Keeps what nbgrader logs as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.extend(line.strip() for line in record.getMessage().splitlines() if line.strip())

    def last_error(self) -> str | None:
        """The last line that names an exception, else the first one."""
        named = [line for line in self.lines if "Error" in line.split(":")[0] and " " not in line.split(":")[0]]
        return (named[-1:] or self.lines[:1] or [None])[0]
