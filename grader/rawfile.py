"""A submitted notebook file, opened with suspicion: nothing about it can raise, hang or fill the memory.

What comes out is plain: a list of cells, each a kind, a text and the grade_id that it claims.
"""

import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEGABYTE = 2**20
MAX_CELLS = 5000
"""More cells than that are no work of a student's, and every one of them costs the grader time."""
KINDS = ("code", "markdown", "raw")


class Unreadable(Exception):
    """The file is no notebook that can be read; the message is a Russian sentence for the student."""


@dataclass(frozen=True)
class RawCell:
    """A cell of a submitted notebook: its kind (code, markdown or raw), its text, and the grade_id that it claims."""

    kind: str
    text: str
    grade_id: str | None


def read_cells(path: Path, max_bytes: int) -> list[RawCell]:
    """The cells of a submitted notebook.

    Args:
        path: the file; it must be a plain file.
        max_bytes: larger files are not read.

    Raises:
        Unreadable: for whatever reason.
    """
    try:
        return _cells(_notebook(_text(read_plain(path, max_bytes))))
    except Unreadable:
        raise
    except (RecursionError, MemoryError) as error:
        raise Unreadable("Файл блокнота устроен слишком сложно, прочитать его не удалось.") from error
    except Exception as error:  # whatever else a hostile file comes up with
        raise Unreadable("Файл блокнота повреждён, прочитать его не удалось.") from error


def read_plain(path: Path, max_bytes: int) -> bytes:
    """The bytes of a plain file; no link is followed and nothing is waited for.

    Raises Unreadable.
    """
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise Unreadable("В папке с работой нет файла блокнота.") from error
    except OSError as error:  # a link is refused here
        raise Unreadable("Вместо файла блокнота в папке лежит ссылка или файл, который нельзя открыть.") from error
    with os.fdopen(opened, "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise Unreadable("Вместо файла блокнота в папке лежит что-то другое.")
        content = b"" if about.st_size > max_bytes else file.read(max_bytes + 1)
    if about.st_size > max_bytes or len(content) > max_bytes:
        limit = max(1, max_bytes // MEGABYTE)
        raise Unreadable(
            f"Файл блокнота больше {limit} МБ, такие мы не открываем. Очистите вывод ячеек "
            "(Edit → Clear Outputs of All Cells) и сдайте блокнот ещё раз."
        )
    return content


def _text(content: bytes) -> str:
    if not content.strip():
        raise Unreadable("Файл блокнота пустой.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("Файл блокнота записан не в кодировке UTF-8.") from error


def _notebook(text: str) -> list[Any]:
    """What stands for the cells in a notebook of any format, as plain JSON."""
    try:
        found = json.loads(text, parse_constant=lambda _: None, parse_int=_small_int, parse_float=lambda _: 0.0)
    except RecursionError as error:
        raise Unreadable("Файл блокнота устроен слишком сложно, прочитать его не удалось.") from error
    except ValueError as error:
        raise Unreadable(
            "Файл не похож на блокнот Jupyter: это не JSON. Возможно, он сохранился не до конца."
        ) from error
    if not isinstance(found, dict):
        raise Unreadable("Файл не похож на блокнот Jupyter.")
    cells = found.get("cells")
    if cells is None and found.get("nbformat") in (2, 3):
        cells = _in_worksheets(found)
    if not isinstance(cells, list):
        raise Unreadable("Файл не похож на блокнот Jupyter: в нём нет ячеек.")
    if len(cells) > MAX_CELLS:
        raise Unreadable(f"В блокноте больше {MAX_CELLS} ячеек, такие мы не проверяем.")
    return cells


def _in_worksheets(old: dict[str, Any]) -> list[Any]:
    """The cells of formats 2 and 3, which kept them in worksheets. Of format 2 the lines had no ends."""
    cells = [cell for sheet in old.get("worksheets") or () for cell in sheet.get("cells") or ()]
    if old["nbformat"] == 2:
        for cell in cells:
            for key in ("input", "source"):
                if isinstance(cell.get(key), list):
                    cell[key] = "\n".join(cell[key])
    return cells


def _small_int(digits: str) -> int:
    """A whole number of a notebook; none of those that matter is long."""
    return int(digits) if len(digits) < 20 else 0


def _cells(found: list[Any]) -> list[RawCell]:
    cells = [one for cell in found if (one := _cell(cell))]
    if not cells:
        raise Unreadable("В блокноте нет ни одной ячейки.")
    return cells


def _cell(cell: Any) -> RawCell | None:
    """A cell, or None if it is damaged beyond recognition."""
    if not isinstance(cell, dict):
        return None
    text = cell.get("source", cell.get("input", ""))  # "input" was the code of a cell until format 4
    if isinstance(text, list):
        text = "".join(one for one in text if isinstance(one, str))
    if not isinstance(text, str):
        return None
    kind = cell.get("cell_type")
    return RawCell(kind if kind in KINDS else "raw", _lines(text), _grade_id(cell.get("metadata")))


def _lines(text: str) -> str:
    """A text whose lines end in the way of Unix."""
    return re.sub(r"\r\n?", "\n", text)


def _grade_id(metadata: Any) -> str | None:
    """The grade_id in a cell's metadata, if it is there and is a text."""
    about = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    found = about.get("grade_id") if isinstance(about, dict) else None
    return found if isinstance(found, str) and found else None


def is_clean(text: str) -> bool:
    """Whether a text can be written as UTF-8: a lone half of a surrogate pair cannot."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
