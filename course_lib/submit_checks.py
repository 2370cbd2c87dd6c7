"""What can be told of a homework notebook without running it: cells lost, doubled or changed, answers left empty."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
STUB = re.compile(r"^\s*raise NotImplementedError\b", re.MULTILINE)
MEGABYTE = 2**20
MAX_BYTES = 20 * MEGABYTE  # larger notebooks are opened neither here nor by the grader, unless a course says otherwise
KINDS = {"code": "Code", "markdown": "Markdown"}


class Unreadable(Exception):
    """This file cannot be handed in; the message is a Russian sentence for the student."""


@dataclass(frozen=True)
class Problem:
    """Something a student should mend: the cell, what is wrong and what to do, both in Russian."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True)
class Findings:
    """What was found.

    Attributes:
        problems: everything but empty answers.
        empty: grade_ids of the answers that are still as they were handed out, bonus tasks not counted.
        titles: {grade_id: how to call its cell}, for all cells of the homework.
        marked: grade_ids of the cells that points are given for; the rest is bonus.
    """

    problems: list[Problem]
    empty: list[str]
    titles: dict[str, str]
    marked: frozenset[str]


def read_notebook(path: Path) -> NotebookNode:
    """A notebook, in the present format. Raises Unreadable."""
    if not path.is_file():
        raise Unreadable(f"Файла {path} нет. Откройте терминал в папке с блокнотом или укажите путь к нему.")
    if path.stat().st_size > MAX_BYTES:
        raise Unreadable(
            f"Файл {path.name} больше {MAX_BYTES // MEGABYTE} МБ. Очистите вывод ячеек "
            "(Edit → Clear Outputs of All Cells), сохраните блокнот и повторите."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cells without ids and copied ids, which nbformat mends
            return nbformat.read(path, as_version=4)
    except Exception as error:  # nbformat fails in many ways on a damaged file
        raise Unreadable(
            f"Файл {path.name} не читается как блокнот Jupyter. Откройте его в JupyterLab, сохраните и повторите."
        ) from error


def clear_outputs(notebook: NotebookNode) -> NotebookNode:
    """The same notebook as if it had never been run (in place)."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def look(notebook: NotebookNode, released: NotebookNode) -> Findings:
    """Compare a student's notebook with the one that was handed out.

    Raises:
        Unreadable: it is another homework's, not one cell is the same.
    """
    titles, marked = name_cells(released), marked_cells(released)
    theirs: dict[str, list[NotebookNode]] = {name: [] for name in titles}
    for cell in notebook.cells:
        theirs.get(grade_id(cell) or "", []).append(cell)
    if not any(theirs.values()):
        raise Unreadable("В этом файле нет ни одной ячейки домашнего задания: похоже, это другой блокнот.")
    problems, empty = [], []
    for cell in released.cells:
        name = grade_id(cell)
        if name is None:
            continue
        problems += [Problem(titles[name], what) for what in cell_problems(cell, theirs[name])]
        if name in marked and is_answer(cell) and theirs[name] and all(is_empty(one, cell) for one in theirs[name]):
            empty.append(name)
    return Findings(problems, empty, titles, marked)


def cell_problems(handed_out: NotebookNode, found: list[NotebookNode]) -> Iterator[str]:
    """What is wrong with the cells that bear one grade_id."""
    if not found:
        yield "эта ячейка потерялась. Откройте выданный блокнот, скопируйте её оттуда целиком и вставьте в свой."
    elif len(found) > 1:
        yield f"таких ячеек {len(found)}. Оставьте одну, а лишние удалите."
    elif found[0].cell_type != handed_out.cell_type:
        yield f"у ячейки изменился тип. Верните ей тип {KINDS[handed_out.cell_type]} в списке на панели вверху."
    elif not is_answer(handed_out) and plain(found[0].source) != plain(handed_out.source):
        yield (
            "текст проверки изменён, а оценку ставят по исходному. "
            "Скопируйте эту ячейку из выданного блокнота и решение подгоняйте под неё, а не наоборот."
        )


def name_cells(released: NotebookNode) -> dict[str, str]:
    """How to call each cell of the homework: by the heading that it stands under."""
    titles, heading = {}, ""
    for cell in released.cells:
        if cell.cell_type == "markdown" and (match := HEADING.search(cell.source)):
            heading = match[1].strip()
        if (name := grade_id(cell)) is None:
            continue
        titles[name] = f"«{heading}», ячейка {name}" if heading else f"Ячейка {name}"
    return titles


def marked_cells(released: NotebookNode) -> frozenset[str]:
    """grade_ids of the cells with points and of the answers that they are about: the last one before each."""
    marked: set[str] = set()
    answer = None
    for cell in released.cells:
        name = grade_id(cell)
        if name and is_answer(cell):
            answer = name
        if name and cell.metadata["nbgrader"].get("points"):
            marked |= {name, answer or name}
    return frozenset(marked)


def is_empty(cell: NotebookNode, handed_out: NotebookNode) -> bool:
    """Whether an answer was not written: nothing is there, or what was handed out still is."""
    text = plain(cell.source)
    if handed_out.cell_type != "code":
        return not text or text == plain(handed_out.source)
    return not without_comments(text) or bool(STUB.search(text))


def without_comments(text: str) -> str:
    """The lines of a cell that are more than a comment."""
    return "\n".join(line for line in text.splitlines() if line.strip() and not line.strip().startswith("#"))


def plain(text: str) -> str:
    """A text without what nobody sees: spaces at the ends of lines, empty lines at the ends."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def grade_id(cell: NotebookNode) -> str | None:
    """nbgrader's name of a cell, if it has one."""
    about = cell.metadata.get("nbgrader")
    name = about.get("grade_id") if isinstance(about, dict) else None
    return name if isinstance(name, str) and name else None


def is_answer(cell: NotebookNode) -> bool:
    """Whether students write in this cell."""
    return bool(cell.metadata["nbgrader"].get("solution"))
