"""From what a student handed in to the answers: trusted reading of one submission, with repairs.

Only the text of the answer cells and harmless helper statements are taken. Nothing that the file says about points,
flags or outputs is believed. What a student's slip of the mouse can do to a notebook (a cell copied, split, retyped,
deleted, its metadata lost) is mended and told; what cannot be mended costs that answer only.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.submit_checks import MAX_BYTES
from grader import snippets
from grader.homework import Answer, Homework
from grader.rawfile import RawCell, Unreadable, is_clean, read_cells

HELPERS = 200_000
"""Characters of added cells that are looked through for helpers."""
MOST_HELPERS = 300
"""Each of them is a request to the box, every time that a box is made."""

COPIED = "Ячейка «{}» есть в блокноте несколько раз; мы сложили её части по порядку, как их выполнил бы Jupyter."
RETYPED = "Ячейка «{}» в блокноте не кодовая; код из неё мы всё равно проверили. Верните ей тип Code."
NO_CODE = "Ячейка «{}» в блокноте не кодовая, и кода, который можно проверить, в ней нет."
UNMARKED = "У ячейки с «{}» нет метки задания; мы нашли ответ по имени. Пишите ответы в исходных ячейках."
ELSEWHERE = "«{}» есть ещё и в ячейке без метки задания; мы проверяли то, что стоит в ячейке задания."
MISSING = "Ячейки «{}» в блокноте нет."
MAGIC = "В ячейке «{}» есть команды Jupyter (строки с % или !); при проверке они не выполняются."
DAMAGED = "В ячейке «{}» есть символы, которые нельзя прочитать (половинки эмодзи?); этот ответ проверить не удалось."
MANY_HELPERS = "В добавленных ячейках больше {} функций и переменных; мы взяли только первые."
TOO_LONG = "Ячейка «{}» слишком длинная, больше {} знаков; этот ответ проверить не удалось."
TEXT_FOUND = "У ячейки с ответом на вопрос «{}» нет метки задания; мы нашли ответ среди добавленных ячеек."
PICTURE = "В письменном ответе есть картинка. При проверке она не видна: считаются только текст и формулы."
OTHER_NAME = "Файл называется {!r}, а должен называться {!r}; мы проверили его."
OTHER_FILES = "В папке есть и другие блокноты; мы проверили {!r}."

PICTURES = re.compile(r"!\[[^\[\]\n]{0,200}\][(\[]|<img\b", re.IGNORECASE)
"""Only for telling: pictures stay out because every text is shown as plain text."""


@dataclass(frozen=True)
class Intake:
    """What was taken from a submission.

    Attributes:
        answers: the code answers by grade_id, for all answers of the homework in its order; None where there is none.
        texts: likewise the free-text answers.
        helpers: statements of cells that the student added: imports, functions, classes, assignments without a call.
        repairs: what was mended, Russian sentences for the student.
        problem: why nothing can be graded, a Russian sentence; then there are no answers.
    """

    answers: dict[str, str | None] = field(default_factory=dict)
    texts: dict[str, str | None] = field(default_factory=dict)
    helpers: list[str] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)
    problem: str | None = None


def take_in(folder: Path, homework: Homework, max_bytes: int = MAX_BYTES) -> Intake:
    """Read one student's folder.

    Args:
        folder: STUDENT/ASSIGNMENT as it was handed in.
        homework: the assignment.
        max_bytes: larger notebooks are not opened.

    Returns:
        The answers, or the problem. Nothing that a student can put into a folder raises.
    """
    try:
        path, remarks = find_notebook(folder, homework.assignment)
        found = read_answers(read_cells(path, max_bytes), homework)
    except Unreadable as problem:
        return Intake(problem=str(problem))
    except (RecursionError, MemoryError):
        return Intake(problem="Файл блокнота устроен слишком сложно, прочитать его не удалось.")
    found.repairs[:0] = remarks
    return found


def find_notebook(folder: Path, assignment: str) -> tuple[Path, list[str]]:
    """The file that is graded, and remarks on its name.

    It is the one with the assignment's name, else the only notebook there is. Raises Unreadable.
    """
    if folder.is_symlink() or folder.parent.is_symlink():
        raise Unreadable("Вместо папки с работой лежит ссылка.")
    name = f"{assignment}.ipynb"
    try:
        there = sorted(path for path in folder.iterdir() if path.suffix == ".ipynb" and not path.name.startswith("."))
    except OSError as error:
        raise Unreadable("Папку с работой не удалось открыть.") from error
    others = [path for path in there if path.name != name]
    if folder / name in there:
        return folder / name, [OTHER_FILES.format(name)] if others else []
    if not others:
        raise Unreadable(f"В папке с работой нет файла {name}.")
    if len(others) > 1:
        raise Unreadable(f"В папке несколько блокнотов, и ни один не называется {name}: непонятно, какой проверять.")
    return others[0], [OTHER_NAME.format(printable(others[0].name), name)]


def read_answers(cells: list[RawCell], homework: Homework) -> Intake:
    """The answers in the cells of a submitted notebook. Raises Unreadable if it is another assignment's."""
    loose = _loose_statements(cells, homework)
    if not any(cell.grade_id in homework.grade_ids for cell in cells) and not any(name for _, name, _ in loose):
        raise Unreadable(f"В блокноте нет ни одной ячейки задания {homework.assignment}: похоже, это другая работа.")
    found = Intake()
    for answer in homework.answers.values():
        if answer.is_code:
            found.answers[answer.grade_id] = _code_answer(answer, cells, loose, homework, found.repairs.append)
        else:
            found.texts[answer.grade_id] = _text_answer(answer, cells, homework, found.repairs.append)
    found.helpers.extend(text for _, name, text in loose if name is None)
    if len(found.helpers) > MOST_HELPERS:
        del found.helpers[MOST_HELPERS:]
        found.repairs.append(MANY_HELPERS.format(MOST_HELPERS))
    return found


Loose = list[tuple[int, str | None, str]]
"""Statements of unmarked cells: (number of the cell, grade_id of the answer that it defines or None, source)."""


def _loose_statements(cells: list[RawCell], homework: Homework) -> Loose:
    """What the cells that are nobody's answer define; of helpers one more than are used."""
    found: Loose = []
    left, helpers = HELPERS, 0
    for number, cell in enumerate(cells):
        if cell.grade_id in homework.grade_ids or cell.kind != "code" or cell.text.strip() in homework.sources:
            continue
        if len(cell.text) > min(left, snippets.LONGEST) or not is_clean(cell.text):
            continue
        left -= len(cell.text)
        for name, statement, lines in _defined(cell.text, homework):
            helpers += name is None
            if name is not None or helpers <= MOST_HELPERS + 1:
                found.append((number, name, snippets.text_of(statement, lines)))
    return found


def _defined(source: str, homework: Homework) -> Iterator[tuple[str | None, ast.stmt, list[str]]]:
    """What one cell defines: (grade_id of the answer that it is or None for a helper, statement, the cell's lines)."""
    source, _ = snippets.without_magics(source)
    lines = snippets.lines_of(source)
    for statement in snippets.top_level(source):
        if not snippets.is_helper(statement) or snippets.same(statement) in homework.statements:
            continue
        answers = {homework.answer_of(name) for name in snippets.bound_names(statement)} - {None}
        if not answers:
            yield None, statement, lines
        elif isinstance(statement, snippets.DEFINITIONS):
            yield answers.pop(), statement, lines


def _code_answer(
    answer: Answer, cells: list[RawCell], loose: Loose, homework: Homework, tell: Callable[[str], None]
) -> str | None:
    """One code answer, or None; `tell` gets the repairs."""
    name = answer.grade_id
    marked = [(number, cell) for number, cell in enumerate(cells) if cell.grade_id == name]
    if sum(len(cell.text) for _, cell in marked) > snippets.LONGEST:
        tell(TOO_LONG.format(name, snippets.LONGEST))
        return None
    parts = _written([(number, _as_code(answer, cell, tell)) for number, cell in marked], answer.stub)
    beside = [(number, text) for number, of, text in loose if of == name]
    if parts and beside:
        # Only a cell between the answer and its test would have changed what the test saw.
        ends = [n for n, cell in enumerate(cells) if cell.grade_id and homework.tests.get(cell.grade_id) == name]
        between = [(n, text) for n, text in beside if parts[-1][0] < n < min(ends, default=-1)]
        tell((COPIED if between else ELSEWHERE).format(name))
        parts += between
    elif beside:
        tell(UNMARKED.format(name))
        parts = beside
    elif len(parts) > 1:
        tell(COPIED.format(name))
    if not parts:
        if not marked:
            tell(MISSING.format(name))
        return None
    return _checked(answer, _joined([text for _, text in parts], answer), tell)


def _as_code(answer: Answer, cell: RawCell, tell: Callable[[str], None]) -> str:
    """The code of a marked cell, also of one that was turned into text; "" if there is none."""
    if cell.kind == "code" or _lines(cell.text) == _lines(answer.stub):
        return cell.text
    text = snippets.unfenced(cell.text)
    if snippets.definitions(snippets.without_magics(text)[0]) & answer.names:
        tell(RETYPED.format(answer.grade_id))
        return text
    if text.strip():
        tell(NO_CODE.format(answer.grade_id))
    return ""


def _written(parts: list[tuple[int, str]], stub: str) -> list[tuple[int, str]]:
    """The parts in which a student wrote something, each text once."""
    found: list[tuple[int, str]] = []
    seen = {(), _lines(stub)}
    for number, text in parts:
        lines = _lines(text)
        if lines not in seen:
            seen.add(lines)
            found.append((number, text))
    return found


def _joined(parts: list[str], answer: Answer) -> str:
    """The parts of a split or copied cell as one; what is no Python is left out if the rest defines the answer."""
    whole = "\n".join(parts)
    if len(parts) == 1 or snippets.parse(snippets.without_magics(whole)[0]):
        return whole
    good = "\n".join(part for part in parts if snippets.parse(snippets.without_magics(part)[0]))
    return good if snippets.definitions(snippets.without_magics(good)[0]) & answer.names else whole


def _checked(answer: Answer, text: str, tell: Callable[[str], None]) -> str | None:
    """A code answer that the box can be given, or None."""
    if not is_clean(text):
        tell(DAMAGED.format(answer.grade_id))
        return None
    if len(text) > snippets.LONGEST:
        tell(TOO_LONG.format(answer.grade_id, snippets.LONGEST))
        return None
    text, changed = snippets.without_magics(text)
    if changed:
        tell(MAGIC.format(answer.grade_id))
    tree = snippets.parse(text)
    return None if tree and not tree.body else text  # comments alone are no answer


def _text_answer(answer: Answer, cells: list[RawCell], homework: Homework, tell: Callable[[str], None]) -> str | None:
    """The free-text answer, or None."""
    marked = [cell.text for cell in cells if cell.grade_id == answer.grade_id]
    parts = [text for _, text in _written(list(enumerate(marked)), answer.stub)] if marked else []
    if not marked:
        added = [cell for cell in cells if cell.grade_id is None and cell.kind != "code" and cell.text.strip()]
        added = [cell.text for cell in added if cell.text.strip() not in homework.sources]
        tell((TEXT_FOUND if len(added) == 1 else MISSING).format(answer.grade_id))
        parts = added if len(added) == 1 else []
    text = "\n\n".join(parts)
    if not is_clean(text) or len(text) > snippets.LONGEST:
        text = text[: snippets.LONGEST].encode(errors="replace").decode()
    if PICTURES.search(text):
        tell(PICTURE)
    return text or None


def printable(text: str) -> str:
    """A name from a student's disk as it may stand in a sentence."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:100]


def _lines(text: str) -> tuple[str, ...]:
    """A cell's lines without the blanks at their ends; two cells that have the same lines are equal."""
    return tuple(line.rstrip() for line in text.strip().splitlines())
