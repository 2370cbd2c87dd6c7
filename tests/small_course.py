"""A course with one tiny homework (two tasks and a free-text question) for the tests of the commands."""

import json
import shutil
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from grader.paths import CONFIG, repo_root

ASSIGNMENT = "hw_small"


def heading(grade_id: str, points: int | None = None, answer: bool = False, kind: str = "") -> str:
    """The line that begins a cell of the homework, with nbgrader's metadata in it."""
    about = {
        "grade": points is not None,
        "grade_id": grade_id,
        "locked": not answer,
        "schema_version": 3,
        "solution": answer,
        "task": False,
    }
    if points is not None:
        about["points"] = points
    return f"# %% {kind}nbgrader={json.dumps(about)}"


SOURCE = f"""# %% [markdown]
# # A homework of two tasks, $p_i = \\frac{{e^{{z_i}}}}{{Z}}$

{heading("double", answer=True)}
def double(x):
    ### BEGIN SOLUTION
    twice = x + x
    return twice
    ### END SOLUTION


{heading("test_double", 2)}
assert double(1) == 2, "Удвоить — значит сложить число с самим собой."
### BEGIN HIDDEN TESTS
assert double(21) == 42, "Удваивать нужно любое число."
### END HIDDEN TESTS

{heading("greet", answer=True)}
def greet(name):
    ### BEGIN SOLUTION
    return "Привет, " + name
    ### END SOLUTION


{heading("test_greet", 3)}
assert greet("мир") == "Привет, мир", "greet: Приветствие начинается словом «Привет»."

{heading("why", 3, answer=True, kind="[markdown] ")}
# Потому что так короче.
"""


def make_course(root: Path, source: str = SOURCE) -> Path:
    """Write a course folder with the kit's own settings and the tiny homework; returns the folder."""
    home = root / "course" / "source" / ASSIGNMENT
    home.mkdir(parents=True)
    notebook = jupytext.reads(source, fmt="py:percent")
    notebook.metadata = NotebookNode(kernelspec={"display_name": "x", "language": "python", "name": "python3"})
    nbformat.write(notebook, home / f"{ASSIGNMENT}.ipynb")
    shutil.copyfile(repo_root() / "assignments" / CONFIG, root / "course" / CONFIG)
    return root / "course"


def submit(release: Path, folder: Path, student: str, **answers: str) -> Path:
    """Write a student's notebook: the release with some answer cells filled in; returns its path."""
    notebook = nbformat.read(release, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell.source = answers[name]
    path = folder / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    return path
