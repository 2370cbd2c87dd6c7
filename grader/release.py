"""`course build`: from the source to a release that is proven to be solvable, unsolved and free of answers."""

import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.validator import Validator

from grader.course import Course
from grader.notebooks import drifted
from grader.paths import CourseError

Say = Callable[[str], None]
REGIONS = (("BEGIN SOLUTION", "END SOLUTION"), ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS"))


def build(course: Course, assignment: str, say: Say = lambda _: None) -> Path:
    """Build the release of an assignment and prove it.

    Args:
        course: the course folder.
        assignment: name of the folder and of the notebook under `source/`.
        say: is told the name of each step before it begins.

    Returns:
        The released notebook.

    Raises:
        CourseError: the source is not what its script says, a test fails on the model answers or passes on the empty
            ones, or the release leaks a line.
    """
    source = course.notebook("source", assignment)
    check_script(course, source)
    if not source.is_file():
        known = ", ".join(course.assignments()) or "none"
        raise CourseError(f"There is no assignment {assignment!r} under {course.root / 'source'} (there: {known}).")
    say("the model answers pass every test")
    prove_solved(course, source)
    say("source to release")
    outcome = course.generate_release(assignment)
    if not outcome.success:
        raise CourseError(f"nbgrader could not make the release of {assignment}: {outcome.last_error()}")
    release = course.notebook("release", assignment)
    try:
        say("the release passes no test")
        prove_unsolved(course, release)
        say("no line of an answer or of a hidden test is in the release")
        prove_nothing_leaks(course, source, release)
    except CourseError:
        shutil.rmtree(release.parent, ignore_errors=True)  # what is not proven is not handed out
        raise
    return release


def check_script(course: Course, source: Path) -> None:
    """Raise CourseError if the percent script beside the source says something else than the source."""
    script = source.with_suffix(".py")
    if script.is_file() and drifted([script]):
        raise CourseError(
            f"{source} is not what {script.name} beside it says: `course notebooks --course {course.root}` writes it "
            f"anew; if you edit the notebook itself, remove {script.name}."
        )


def prove_nothing_leaks(course: Course, source: Path, release: Path) -> None:
    """Raise CourseError if a line of an answer or of a hidden test stands in the release."""
    leaked = leaked_lines(read(source), read(release), stub_lines(course))
    if leaked:
        shown = "\n".join(f"  {line}" for line in leaked[:10])
        raise CourseError(f"The release {release.name} gives away {len(leaked)} line(s):\n{shown}")


def prove_solved(course: Course, notebook: Path) -> None:
    """Raise CourseError unless every test of the notebook passes (`nbgrader validate`)."""
    results = Validator(config=course.config).validate(str(notebook))
    for cell in results.get("failed", []):
        test, error = first_line(cell["source"]), cell["raw_error"].strip().splitlines()[-1]
        raise CourseError(f"In {notebook.name} a test fails on the model answers: {test!r} says {error!r}.")
    for kind in ("changed", "type_changed"):
        for cell in results.get(kind, []):
            raise CourseError(f"In {notebook.name} a locked cell was changed: {first_line(cell['source'])!r}.")


def prove_unsolved(course: Course, notebook: Path) -> None:
    """Raise CourseError if any test of the notebook passes (`nbgrader validate --invert`)."""
    results = Validator(config=course.config, invert=True).validate(str(notebook))
    for kind, what in (
        ("passed", "passes with no answer"),
        ("changed", "was changed"),
        ("type_changed", "was changed"),
    ):
        for cell in results.get(kind, []):
            raise CourseError(f"In the release {notebook.name} a test {what}: {first_line(cell['source'])!r}.")


def leaked_lines(source: NotebookNode, release: NotebookNode, stub: set[str] = frozenset()) -> list[str]:
    """Lines that stand only inside answers or hidden tests of the source and yet are in the release.

    Args:
        source: the instructor's notebook.
        release: the students' notebook.
        stub: lines that are put in place of an answer, and so may stand in both.

    Returns:
        The lines, in the source's order, each once. A left-over marker counts as a line.
    """
    secret, public = split_lines(source)
    secret -= public | stub
    shown = set()
    for cell in release.cells:
        text = [cell.source, *(str(output) for output in cell.get("outputs", []))]
        shown.update(line.strip() for part in text for line in part.splitlines())
    leaked = [line for line in ordered_lines(source) if line in secret & shown]
    markers = [line for line in sorted(shown) if any(mark in line for region in REGIONS for mark in region)]
    return list(dict.fromkeys(leaked + markers))


def split_lines(notebook: NotebookNode) -> tuple[set[str], set[str]]:
    """The stripped lines inside answers and hidden tests, and the lines outside of them."""
    secret: set[str] = set()
    public: set[str] = set()
    for cell in notebook.cells:
        lines = cell.source.splitlines()
        is_answer = cell.metadata.get("nbgrader", {}).get("solution", False)
        if is_answer and not any(REGIONS[0][0] in line for line in lines):
            secret.update(line.strip() for line in lines)  # nbgrader replaces such a cell whole
            continue
        closing = None  # the marker that ends the present region
        for line in lines:
            opened = next((end for begin, end in REGIONS if begin in line), None) if closing is None else None
            closing = closing or opened
            (secret if closing else public).add(line.strip())
            if closing and closing in line:
                closing = None
    secret.discard("")
    return secret, public


def ordered_lines(notebook: NotebookNode) -> list[str]:
    """All stripped lines of a notebook, in order."""
    return [line.strip() for cell in notebook.cells for line in cell.source.splitlines()]


def stub_lines(course: Course) -> set[str]:
    """The lines that nbgrader puts in place of an answer."""
    settings = course.config.ClearSolutions
    texts = [*settings.get("code_stub", {}).values(), settings.get("text_stub", "")]
    return {line.strip() for text in texts for line in text.splitlines()}


def read(path: Path) -> NotebookNode:
    """A notebook in the present format."""
    return nbformat.read(path, as_version=4)


def first_line(source: str) -> str:
    """The first line of a cell that is not empty."""
    return next((line.strip() for line in source.splitlines() if line.strip()), "")
