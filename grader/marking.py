"""How a mark is made. One function, `mark`; everything else about marks (tables, files, folders) is elsewhere.

At present the mark is nbgrader's: the student's notebook runs with the instructor's test cells, and what the cells
printed decides. The module keeps to plain results, so another way of marking needs no change outside of it.
"""

import json
import re
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import SubmittedNotebook

from grader.course import PATTERN, Course, Outcome, is_pattern

TEST_PREFIX = "test_"
# No verdict could be reached; a run out of time is different, nbgrader stops that cell and marks the rest.
NO_VERDICT = ("memory", "output", "crash", "invalid-notebook", "infrastructure")
CELL_TYPES = ("code", "markdown", "raw")
TIMEOUT = "CellTimeoutError"
VERDICTS = ("AssertionError", "WrongAnswer")  # the sentence of a visible check, of a hidden one
MESSAGES = {
    "NotImplementedError": "Здесь ещё нет решения.",
    TIMEOUT: "Код не закончил работу за отведённое время: нет ли в нём бесконечного цикла?",
}


@dataclass
class Task:
    """The mark of one answer cell. `diagnosis` names a known mistake, `message` is for the student."""

    grade_id: str
    score: float
    max_score: float
    diagnosis: str | None = None
    message: str | None = None


@dataclass
class Mark:
    """The autograded marks of one student. `fault` is None or what went wrong with the run (see `NO_VERDICT`)."""

    student: str
    score: float
    max_score: float
    fault: str | None = None
    tasks: list[Task] = field(default_factory=list)
    log: str = field(default="", repr=False)

    @property
    def has_verdict(self) -> bool:
        """Whether the score is what the answers deserve, and not merely the absence of a result."""
        return self.fault not in NO_VERDICT

    def as_json(self) -> dict:
        """The mark as it stands in the file of `course grade --json`."""
        return {key: value for key, value in asdict(self).items() if key != "log"}


def mark(course: Course, assignment: str, student: str) -> Mark:
    """Mark one submission that lies in the course's `submitted/` and write the marks to the gradebook.

    Never raises because of what a submission holds: what cannot be marked gets a fault and no points.

    Args:
        course: the course folder, with the assignment built.
        assignment: its name.
        student: the folder's name under `submitted/`.
    """
    if is_pattern(student):
        log = f"nbgrader cannot read the folder name {student!r} because of {PATTERN}: rename it and grade again."
        return without_verdict(course, assignment, student, "infrastructure", log)
    problem = unreadable(course.notebook("submitted", assignment, student))
    if problem:
        return without_verdict(course, assignment, student, "invalid-notebook", problem)
    try:
        outcome = course.autograde(assignment, student)
    except Exception as error:  # nbgrader's own troubles must not stop the other students' marks
        outcome = Outcome(False, f"{type(error).__name__}: {error}")
    if not outcome.success:
        return without_verdict(course, assignment, student, fault_of(outcome.log), outcome.log)
    notebook = nbformat.read(course.notebook("autograded", assignment, student), as_version=4)
    errors = first_errors(notebook)
    fault = "timeout" if ran_out_of_time(notebook) else None
    with course.gradebook() as gradebook:
        tasks = read_tasks(gradebook.find_submission_notebook(assignment, assignment, student), errors)
    return total(student, tasks, fault, outcome.log)


def unreadable(path: Path) -> str | None:
    """Why a file is no notebook that can be marked, or None if it is one."""
    if path.is_symlink() or not path.is_file():
        return f"{path.name} is not in the submission."
    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        whole = all(cell.cell_type in CELL_TYPES and isinstance(cell.source, str) for cell in notebook.cells)
    except Exception as error:  # JSON of any shape may stand here, and nbformat fails in as many ways
        return f"{path.name} is no notebook: {type(error).__name__}: {error}"
    return None if whole and notebook.cells else f"{path.name} is no notebook: its cells are damaged or not there."


def fault_of(log: str) -> str:
    """The name of the fault that stopped nbgrader, from its log."""
    if "UnresponsiveKernelError" in log or "became unresponsive" in log:
        return "timeout"
    if "DeadKernelError" in log or "Kernel died" in log:
        return "crash"
    if re.search(r"NotJSONError|ValidationError|SchemaTooOldError|SchemaTooNewError|old version|newer version", log):
        return "invalid-notebook"
    return "infrastructure"


def without_verdict(course: Course, assignment: str, student: str, fault: str, log: str) -> Mark:
    """A mark of no points for a submission that could not be marked.

    An older mark of the same student is taken back in the gradebook and the cells are put up for marking by hand, so
    that the gradebook never shows the mark of another notebook; its feedback page goes as well.
    """
    for step in ("autograded", "feedback"):
        shutil.rmtree(course.folder(step, assignment, student), ignore_errors=True)
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student(student)
        gradebook.update_or_create_submission(assignment, student)
        submitted = gradebook.find_submission_notebook(assignment, assignment, student)
        for grade in submitted.grades:
            grade.auto_score = None
            grade.needs_manual_grade = True
        gradebook.db.commit()
        tasks = read_tasks(submitted, {})
    for task in tasks:
        task.score = 0.0
    return total(student, tasks, fault, log)


def total(student: str, tasks: list[Task], fault: str | None, log: str) -> Mark:
    """A student's mark from the marks of the tasks."""
    return Mark(student, sum(task.score for task in tasks), sum(task.max_score for task in tasks), fault, tasks, log)


def read_tasks(submitted: SubmittedNotebook, errors: dict[str, NotebookNode]) -> list[Task]:
    """The autograded tasks of one submission as the gradebook has them, in the notebook's order.

    Args:
        submitted: nbgrader's record of the notebook.
        errors: the first error of each cell that failed, by grade_id.
    """
    answers = {cell.name for cell in submitted.notebook.solution_cells}
    grades = {grade.name: grade for grade in submitted.grades if grade.name not in answers}
    order = [cell.name for cell in submitted.notebook.source_cells if cell.name in grades]
    tasks = []
    for test in order:
        answer = test.removeprefix(TEST_PREFIX)
        score, points = float(grades[test].score or 0), float(grades[test].max_score)
        # An answer that stopped by itself explains more than the test that then found nothing to call.
        error = errors.get(answer) or errors.get(test)
        message = message_of(error).removeprefix(f"{answer}: ") if error and score < points else None
        tasks.append(Task(answer, score, points, None, message))
    return tasks


def first_errors(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The first error output of each answer and test cell of an executed notebook, by grade_id."""
    errors = {}
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        found = [output for output in cell.get("outputs", []) if output.output_type == "error"]
        if name and found:
            errors[name] = next((error for error in found if error.ename == TIMEOUT), found[0])
    return errors


def ran_out_of_time(notebook: NotebookNode) -> bool:
    """Whether the clock stopped a cell that counts: an answer or a test."""
    return any(error.ename == TIMEOUT for error in first_errors(notebook).values())


def message_of(error: NotebookNode) -> str:
    """What a student reads about a failed test: the test's own sentence, or which error stopped the code."""
    text = error.evalue.strip()
    if error.ename in VERDICTS and text:
        return text
    if error.ename in MESSAGES:
        return MESSAGES[error.ename]
    return f"Код остановился с ошибкой {error.ename}: {text}" if text else f"Код остановился с ошибкой {error.ename}."


def save_json(path: Path, assignment: str, marks: list[Mark]) -> None:
    """Write all marks of an assignment as one JSON file."""
    results = {"assignment": assignment, "results": [one.as_json() for one in marks]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
