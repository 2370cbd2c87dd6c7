"""A homework notebook run from top to bottom in a fresh kernel of this very Python, and what went wrong on the way."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from course_lib.submit_checks import grade_id

CELL_SECONDS = 180
LONGEST = 300
"""Characters of an error's message that are shown."""

OF_CHECKS = ("AssertionError", "CheckFailed")
"""What a visible check raises; its message is a sentence for the student."""

QUIET = ["--IPKernelApp.log_level=50"]
"""The kernel's own warnings, in English and about what no student has to do, are kept back."""


@dataclass(frozen=True)
class Failure:
    """A cell that did not end well.

    Attributes:
        where: how to call the cell.
        what: a Russian sentence.
        kind: name of the exception, or "" if there was none.
        grade_id: of the cell, if it has one.
    """

    where: str
    what: str
    kind: str
    grade_id: str | None


def run(
    notebook: NotebookNode, folder: Path, titles: dict[str, str], tell: Callable[[int, int], None]
) -> list[Failure]:
    """Run all cells, whatever fails.

    Args:
        notebook: is not changed.
        folder: where the kernel works: the notebook's own.
        titles: {grade_id: how to call its cell}.
        tell: is told (number of the cell that begins, number of all cells).

    Returns:
        The cells that failed, in order. After a cell that does not end nothing else is run.
    """
    copy = deepcopy(notebook)
    now = {"number": 0}

    def begin(cell: NotebookNode, cell_index: int) -> None:
        now["number"] = cell_index
        tell(cell_index + 1, len(copy.cells))

    client = NotebookClient(
        copy,
        km=own_kernel(),
        extra_arguments=QUIET,
        timeout=CELL_SECONDS,
        startup_timeout=CELL_SECONDS,
        allow_errors=True,
        skip_cells_with_tag="",
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=begin,
    )
    stop = None
    try:
        client.execute()
    except CellTimeoutError:
        stop = "ячейка думает дольше трёх минут. Нет ли в ней бесконечного цикла?"
    except DeadKernelError:
        stop = "на этой ячейке ядро упало. Чаще всего так бывает, когда не хватает памяти."
    ran = copy.cells[: now["number"]] if stop else copy.cells
    found = [one for number, cell in enumerate(ran) if (one := failure(number, cell, titles))]
    if stop:
        last = copy.cells[now["number"]]
        found.append(Failure(title(now["number"], last, titles), stop, "", grade_id(last)))
    return found


def own_kernel() -> AsyncKernelManager:
    """A kernel of this Python: kernels that other installations have left under the same name are not looked at."""
    return AsyncKernelManager(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))


def failure(number: int, cell: NotebookNode, titles: dict[str, str]) -> Failure | None:
    """The error that a cell ended with, if it did."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            what = in_words(output.ename, output.evalue)
            return Failure(title(number, cell, titles), what, output.ename, grade_id(cell))
    return None


def in_words(kind: str, message: str) -> str:
    """An error for the student. A check's message is a sentence of its own already."""
    text = message.strip()[:LONGEST].rstrip(".")
    if kind in OF_CHECKS and text:
        return f"{text}." if text[-1:].isalnum() else text
    reason = f"{kind}: {text}" if text else kind
    return (
        f"ячейка остановилась с ошибкой {reason}. Выполните блокнот сверху донизу "
        "(Kernel → Restart Kernel and Run All Cells) и исправьте её."
    )


def title(number: int, cell: NotebookNode, titles: dict[str, str]) -> str:
    """How to call a cell: as the homework does, or by its number and its first line."""
    name = grade_id(cell)
    if name in titles:
        return titles[name]
    first = next((line.strip() for line in cell.source.splitlines() if line.strip()), "пустая")
    return f"Ячейка {number + 1} ({first[:60]})"
