"""`course notebooks`: each ipynb is generated from the percent script beside it, always to the same bytes."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from course_lib.submit_checks import clear_outputs
from grader.kernel import KERNEL_NAME
from grader.paths import CourseError

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": KERNEL_NAME}
# jupytext keeps the script's blank lines in these; they mean nothing in a notebook.
LAYOUT_OF_SCRIPT = ("lines_to_next_cell", "lines_to_end_of_cell_marker")


def scripts(root: Path) -> list[Path]:
    """The percent scripts of the repository that a notebook is generated from."""
    return sorted([*(root / "notebooks").glob("*.py"), *(root / "assignments" / "source").glob("*/*.py")])


def scripts_of_course(course: Path) -> list[Path]:
    """The percent scripts of a course folder. CourseError if it is none."""
    if not (course / "source").is_dir():
        raise CourseError(f"--course {course}: it holds no source/, where the scripts of a course are.")
    return sorted((course / "source").glob("*/*.py"))


def sync(scripts: Iterable[Path]) -> list[Path]:
    """Write the notebook of every script; returns those that changed."""
    changed = drifted(scripts)
    for notebook in changed:
        notebook.write_text(generate(notebook.with_suffix(".py")), encoding="utf-8")
    return changed


def drifted(scripts: Iterable[Path]) -> list[Path]:
    """Notebooks that are not what their script says (or are not there)."""
    notebooks = [script.with_suffix(".ipynb") for script in scripts]
    return [
        path for path in notebooks if not path.is_file() or path.read_text("utf-8") != generate(path.with_suffix(".py"))
    ]


def generate(script: Path) -> str:
    """The text of the notebook that a percent script describes: no outputs, no trace of a machine, stable cell ids."""
    notebook = jupytext.read(script, fmt="py:percent")
    notebook.metadata = NotebookNode(kernelspec=KERNELSPEC, language_info={"name": "python"})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    taken: set[str] = set()
    for cell in notebook.cells:
        cell.id = cell_id(cell, taken)
        for trace in LAYOUT_OF_SCRIPT:
            cell.metadata.pop(trace, None)
    nbformat.validate(clear_outputs(notebook))
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def cell_id(cell: NotebookNode, taken: set[str]) -> str:
    """A cell's id: its grade_id, or else a digest of its text, so that a change elsewhere leaves it alone.

    Args:
        cell: the cell.
        taken: ids given so far; the new one is added.
    """
    base = cell.metadata.get("nbgrader", {}).get("grade_id")
    base = base or hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}-{count}"
    taken.add(name)
    return name
