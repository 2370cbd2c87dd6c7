"""What the grader knows of an assignment: its answer cells, points and set-up, from the instructor's own notebooks."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grader import snippets
from grader.answers import answer_cells, without_markers
from grader.course import Course
from grader.paths import CourseError

TEST_PREFIX = "test_"


@dataclass(frozen=True)
class Answer:
    """One cell that students write in.

    Attributes:
        grade_id: its name.
        is_code: or else it is free text, marked by hand.
        stub: what the release has in it.
        model: the instructor's answer.
        names: the functions and classes that the model answer defines.
    """

    grade_id: str
    is_code: bool
    stub: str
    model: str
    names: frozenset[str]


@dataclass(frozen=True)
class Homework:
    """An assignment as the grader needs it.

    Attributes:
        assignment: name of the folder and of the notebook.
        answers: the answer cells that points are given for, by grade_id, in the notebook's order. Cells without points
            (bonus tasks) are nobody's business here: they are neither read nor run.
        tests: which answer a test cell is about: {grade_id of the test: grade_id of the answer}.
        points: {grade_id of the answer: points of its test}; answers marked by hand are not here.
        by_hand: {grade_id of the answer: points} of those.
        cells: {grade_id: points} of all cells that bear points, as nbgrader's gradebook has them.
        setup: the code that stands before the first answer.
        release: the notebook that students got; a template, so copy it before changing it.
        grade_ids: of all nbgrader cells.
        sources: of all cells of the release, stripped.
        statements: top-level statements of its ordinary code cells (see `snippets.same`).
    """

    assignment: str
    answers: dict[str, Answer]
    tests: dict[str, str]
    points: dict[str, float]
    by_hand: dict[str, float]
    cells: dict[str, float]
    setup: str
    release: NotebookNode = field(repr=False)
    grade_ids: frozenset[str]
    sources: frozenset[str] = field(repr=False)
    statements: frozenset[str] = field(repr=False)

    def answer_of(self, name: str) -> str | None:
        """The grade_id of the answer that defines a function or class of this name."""
        return next((one.grade_id for one in self.answers.values() if name in one.names), None)


def read_homework(course: Course, assignment: str) -> Homework:
    """The assignment of a course.

    Raises:
        CourseError: it was not built, its source has changed since in what bears points, or a test cell has no answer
            cell before it.
    """
    paths = [course.notebook(step, assignment) for step in ("source", "release")]
    for path in paths:
        if not path.is_file():
            raise CourseError(f"There is no {path}: run `course build {assignment}` first.")
    stamps = tuple((path.stat().st_mtime_ns, path.stat().st_size) for path in paths)
    return _read(assignment, *paths, stamps)


@lru_cache(maxsize=8)
def _read(assignment: str, source_path: Path, release_path: Path, stamps: tuple) -> Homework:
    """See `read_homework`; `stamps` makes a changed file be read anew."""
    source, release = (nbformat.read(path, as_version=4) for path in (source_path, release_path))
    models, stubs = answer_cells(source), answer_cells(release)
    cells = _cells(source)
    for what, same in (("answers", list(models) == list(stubs)), ("tests or points", cells == _cells(release))):
        if not same:
            raise CourseError(
                f"Source and release of {assignment} have different {what}: run `course build {assignment}`."
            )
    tests, points = _tests(assignment, source, models)
    marked = [name for name, model in models.items() if name in points or _about(model).get("grade")]
    answers = {name: _answer(name, models[name], stubs[name]) for name in marked}
    ordinary = [cell for cell in release.cells if cell.cell_type == "code" and not cell.metadata.get("nbgrader")]
    statements = (snippets.same(one) for cell in ordinary for one in snippets.top_level(cell.source))
    return Homework(
        assignment=assignment,
        answers=answers,
        tests=tests,
        points=points,
        by_hand={name: cells[name] for name in answers if name in cells},
        cells=cells,
        setup=_setup(source),
        release=release,
        grade_ids=frozenset(_about(cell)["grade_id"] for cell in release.cells if _about(cell).get("grade_id")),
        sources=frozenset(cell.source.strip() for cell in release.cells),
        statements=frozenset(one for one in statements if one),
    )


def _answer(name: str, model: NotebookNode, stub: NotebookNode) -> Answer:
    text = without_markers(model.source)
    is_code = stub.cell_type == "code"
    return Answer(name, is_code, stub.source, text, frozenset(snippets.definitions(text) if is_code else ()))


def _tests(
    assignment: str, source: NotebookNode, answers: dict[str, NotebookNode]
) -> tuple[dict[str, str], dict[str, float]]:
    """Which answer each test cell is about (by its name, else the answer before it), and the answers' points."""
    tests: dict[str, str] = {}
    points: dict[str, float] = {}
    last = None
    for cell in source.cells:
        about = _about(cell)
        if about.get("solution"):
            last = about["grade_id"]
        elif about.get("grade") and cell.cell_type == "code":
            name = about["grade_id"].removeprefix(TEST_PREFIX)
            answer = name if name in answers else last
            if answer is None or answer in points:
                raise CourseError(f"In {assignment} the test {about['grade_id']!r} has no answer cell of its own.")
            tests[about["grade_id"]], points[answer] = answer, float(about["points"])
    return tests, points


def _cells(notebook: NotebookNode) -> dict[str, float]:
    """The points of all cells that bear some."""
    about = [_about(cell) for cell in notebook.cells]
    return {one["grade_id"]: float(one["points"]) for one in about if one.get("grade")}


def _setup(source: NotebookNode) -> str:
    """The ordinary code before the first answer."""
    found = []
    for cell in source.cells:
        if _about(cell).get("solution"):
            break
        if cell.cell_type == "code" and not _about(cell).get("grade"):
            found.append(cell.source)
    return "\n\n".join(found)


def _about(cell: NotebookNode) -> dict:
    """nbgrader's metadata of a cell."""
    return cell.metadata.get("nbgrader", {})
