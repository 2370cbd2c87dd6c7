"""The solved homework for instructors: model answers, visible checks, and what they print, executed."""

import copy
import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from course_lib.submit_checks import clear_outputs
from grader.answers import without_hidden_tests, without_markers
from grader.kernel import KERNEL_NAME, use_own_environment

TIMEOUT = 600
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")


def solved_notebook(source: NotebookNode) -> NotebookNode:
    """The source as a reader of the solution needs it: no solution markers, no hidden tests, not executed yet."""
    notebook = copy.deepcopy(source)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = without_hidden_tests(without_markers(cell.source))
    return clear_outputs(notebook)


def execute_source(source: Path | str, folder: Path | str | None = None) -> NotebookNode:
    """Solve and execute the instructor's notebook.

    What comes back can be committed: outputs are kept, but no timing, no trace of a machine, no progress bars.

    Args:
        source: assignments/source/hw_sampler/hw_sampler.ipynb.
        folder: where to run; by default the folder of `source`.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
    """
    source = Path(source)
    notebook = solved_notebook(nbformat.read(source, as_version=4))
    use_own_environment()
    where = {"metadata": {"path": str(folder or source.parent)}}
    options = {"timeout": TIMEOUT, "iopub_timeout": TIMEOUT, "kernel_name": KERNEL_NAME, "record_timing": False}
    options["coalesce_streams"] = True  # or else a busy machine tears a line into two outputs
    NotebookClient(notebook, resources=where, **options).execute()
    return cleaned(notebook, source)


def cleaned(notebook: NotebookNode, source: Path) -> NotebookNode:
    """Outputs to keep: standard output and results. stderr, progress bars and the kernel's metadata go."""
    notebook.metadata = nbformat.read(source, as_version=4).metadata
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [tidy(output) for output in cell.outputs if is_kept(output)]
    return notebook


def is_kept(output: NotebookNode) -> bool:
    """Whether an output says something about the homework rather than about the run."""
    if output.output_type == "stream":
        return output.name == "stdout"
    return "application/vnd.jupyter.widget-view+json" not in output.get("data", {})


def tidy(output: NotebookNode) -> NotebookNode:
    """An output without memory addresses."""
    if output.output_type == "stream":
        output.text = ADDRESS.sub("at 0x…", output.text)
    return output


def write_solved(source: Path | str, target: Path | str) -> Path:
    """Execute the source and write the solved notebook; returns its path."""
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(execute_source(source), target)
    return target
