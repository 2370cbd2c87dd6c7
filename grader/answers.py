"""Answer cells of a notebook: reading them by grade_id, and putting other answers in their place.

A file of answers is a percent script whose cells are headed by the answer's grade_id:

    # %% nucleus_probs
    def nucleus_probs(probs, p):
        ...

A cell with nothing but comments leaves that answer as released; answers that are not in the file are the model ones.
A free-text answer is written as comments, after the word [markdown]: `# %% [markdown] analysis`.
"""

import itertools
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grader.paths import CourseError

HEADER = re.compile(r"^# %%[ \t]*(\[markdown\])?[ \t]*(\w+)[ \t]*$", re.MULTILINE)
MARKER = re.compile(r"^[ \t]*#+ *(BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)
HIDDEN = re.compile(
    r"^[ \t]*### BEGIN HIDDEN TESTS.*?^[ \t]*### END HIDDEN TESTS[ \t]*(\n|\Z)", re.MULTILINE | re.DOTALL
)


def answer_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The cells that students write in, by grade_id, in the notebook's order.

    Raises CourseError if two of them have one grade_id.
    """
    found: dict[str, NotebookNode] = {}
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if not about.get("solution"):
            continue
        name = about["grade_id"]
        if name in found:
            raise CourseError(f"grade_id {name!r} is there twice: remove the copied cell.")
        found[name] = cell
    return found


def read_answers(notebook: NotebookNode) -> dict[str, str]:
    """What stands in the answer cells: {grade_id: source}, without the markers of a solution."""
    return {name: without_markers(cell.source) for name, cell in answer_cells(notebook).items()}


def without_markers(source: str) -> str:
    """A model answer without nbgrader's BEGIN SOLUTION and END SOLUTION lines."""
    return MARKER.sub("", source)


def without_hidden_tests(source: str) -> str:
    """A test cell as students see it."""
    return HIDDEN.sub("", source).strip("\n")


def parse_answers(text: str) -> dict[str, str | None]:
    """The cells of a file of answers: {grade_id: source}, None for one that stays as released.

    Raises CourseError if a grade_id is there twice.
    """
    found: dict[str, str | None] = {}
    for header, following in itertools.pairwise([*HEADER.finditer(text), None]):
        is_markdown, name = header.groups()
        source = text[header.end() : following.start() if following else None].strip()
        if name in found:
            raise CourseError(f"The answer {name!r} is there twice: leave one of them.")
        if is_markdown:
            source = re.sub(r"^# ?", "", source, flags=re.MULTILINE)
        elif all(line.startswith("#") or not line.strip() for line in source.splitlines()):
            found[name] = None
            continue
        found[name] = source
    return found


def make_submission(release: Path | str, answers: Path | str, source: Path | str | None = None) -> NotebookNode:
    """A whole student's notebook: the released one with answers put in.

    Args:
        release: the released notebook.
        answers: a file of answers (see above).
        source: the instructor's notebook with the model answers; by default the one of the same course folder
            (source/ASSIGNMENT/ASSIGNMENT.ipynb beside release/).

    Raises:
        CourseError: a file is not there, or an answer has a name that the notebook does not know.
    """
    release, answers = Path(release), Path(answers)
    source = Path(source) if source else release.parents[2] / "source" / release.parent.name / release.name
    for path in (release, answers, source):
        if not path.is_file():
            raise CourseError(f"There is no {path}; build the homework first and check the name.")
    notebook = nbformat.read(release, as_version=4)
    model = read_answers(nbformat.read(source, as_version=4))
    given = parse_answers(answers.read_text(encoding="utf-8"))
    if unknown := sorted(set(given) - set(answer_cells(notebook))):
        known = ", ".join(answer_cells(notebook))
        raise CourseError(f"{answers.name} answers {', '.join(unknown)}; the notebook has {known}.")
    return put_answers(notebook, {**model, **given})


def put_answers(notebook: NotebookNode, answers: dict[str, str | None]) -> NotebookNode:
    """Put sources into the answer cells of a notebook (in place) and return it; None leaves a cell as it is."""
    for name, cell in answer_cells(notebook).items():
        if answers.get(name) is not None:
            cell.source = answers[name]
    return notebook
