"""What the feedback page says: the verdict, the gradebook and the student's answers brought together, task by task."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from markupsafe import Markup
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry

from grader.feedback import text
from grader.feedback.pictures import pictures
from grader.homework import TEST_PREFIX
from grader.marks import SUBMISSION, VERDICT, Mark, Property, Task

HEADING = re.compile(r"^(#{1,2})[ \t]+(.+)$", re.MULTILINE)
NO_RESPONSE = "No response."  # nbgrader's own comment on an answer left as released
FAULTS = {
    "timeout": "Код не закончил работу за отведённое время. За задачу, на которой это случилось, баллов нет, а "
    "остальные проверены как обычно. Чаще всего причина — цикл, который никогда не кончается.",
    "memory": "Коду не хватило памяти. За задачу, на которой это случилось, баллов нет, а остальные проверены как "
    "обычно. Посмотрите, не растёт ли где-нибудь тензор или список без конца.",
    "output": "Код выводит слишком много: печатает, создаёт файлы или возвращает огромный ответ. За задачу, на которой "
    "это случилось, баллов нет, а остальные проверены как обычно. Не остался ли внутри функции отладочный print?",
    "crash": "Выполнение кода внезапно оборвалось: так бывает, если код завершает сам процесс или просит о том, что "
    "при проверке запрещено. За задачу, на которой это случилось, баллов нет, а остальные проверены как обычно.",
    "invalid-notebook": "Сданный файл не удалось прочитать как блокнот этого задания, поэтому баллов за него нет. "
    "Откройте файл в JupyterLab: если он не открывается, возьмите задание заново и перенесите в него ответы. Не "
    "получается — напишите преподавателю.",
    "infrastructure": "Проверка не состоялась, и вы тут ни при чём. Это не ноль: баллов пока просто нет. Работу "
    "посмотрит преподаватель.",
}


@dataclass(frozen=True)
class Record:
    """What the gradebook has about one graded cell."""

    by_hand: bool
    waits: bool


@dataclass
class Item:
    """One task on the page. `score` None: there is none yet. `kind`: "auto", or "manual" for one marked by hand."""

    grade_id: str
    title: Markup
    kind: str
    score: float | None
    max_score: float
    corrected: bool = False
    message: Markup | None = None
    properties: list[Property] = field(default_factory=list)
    remarks: list[Markup] = field(default_factory=list)
    example: dict[str, Any] | None = None
    answer: Markup | None = None
    written: str | None = None
    comment: Markup | None = None

    @property
    def state(self) -> str:
        """One of waits, right, partly, wrong."""
        if self.score is None:
            return "waits"
        return "right" if self.score >= self.max_score else "partly" if self.score > 0 else "wrong"

    @property
    def share(self) -> float:
        """Of the points, 0 to 1."""
        return min(max((self.score or 0) / self.max_score, 0), 1) if self.max_score else 0

    @property
    def pictures(self) -> list[Markup]:
        """The student's answer beside the right one."""
        return pictures(self.example) if self.example else []


@dataclass
class Page:
    """Everything on the page. Scores are None where there is no verdict."""

    student: str
    assignment: str
    title: Markup
    items: list[Item]
    fault: str | None
    late_penalty: float
    repairs: list[Markup]
    score: float | None
    max_score: float

    def items_of(self, kind: str) -> list[Item]:
        """The tasks of one kind."""
        return [item for item in self.items if item.kind == kind]

    def sum_of(self, kind: str) -> float:
        """The points of one kind that are there so far."""
        return sum(item.score or 0 for item in self.items_of(kind))

    def max_of(self, kind: str) -> float:
        """The points that one kind can bring."""
        return sum(item.max_score for item in self.items_of(kind))

    @property
    def waits(self) -> bool:
        """Whether points are still to come."""
        return any(item.state == "waits" for item in self.items)

    @property
    def greeting(self) -> str:
        """The sentence under the sum."""
        if self.fault:
            return FAULTS.get(self.fault, FAULTS["infrastructure"])
        lost = [item for item in self.items if item.state in ("partly", "wrong")]
        if not self.items:
            return ""
        if not lost:
            if not self.waits:
                return "Всё решено верно. Отличная работа!"
            return "Все функции работают верно — отличная работа! Ответ на вопрос проверит преподаватель."
        if self.sum_of("auto") >= self.max_of("auto") > 0:
            return "Все функции работают верно — отличная работа! Об ответе на вопрос сказано в конце страницы."
        if all(item.state == "wrong" for item in lost) and self.sum_of("auto") == 0:
            return "Пока не получилось — ничего страшного. Начните с первой задачи, подсказки ниже помогут."
        return "Ниже о каждой задаче: что уже верно и о чём ещё стоит подумать."


def page_of(notebook: NotebookNode, about: dict[str, Any]) -> Page:
    """The page's contents.

    Args:
        notebook: autograded; after nbgrader's `GetGrades` its cells hold scores and comments.
        about: `resources["nbgrader"]`: student, assignment, db_url, score, max_score, late_penalty; any may be missing.
    """
    mark = verdict(notebook)
    records, name = gradebook_says(about)
    items = list(_items(notebook, mark, records))
    unjudged = mark is not None and not mark.has_verdict
    unjudged = unjudged and any(item.score is None for item in items if item.kind == "auto")  # and not by hand either
    late = float(about.get("late_penalty") or 0)
    score = about.get("score", sum(item.score or 0 for item in items) - late)
    title = next((heading for cell in notebook.cells if (heading := _heading(cell, "#"))), None)
    assignment = about.get("assignment") or ""
    return Page(
        student=text.clean(name or about.get("student") or (mark.student if mark else ""), 80),
        assignment=text.clean(assignment, 80),
        title=title or Markup.escape(text.clean(assignment, 80)),
        items=items,
        fault=mark.fault if mark and (mark.has_verdict or unjudged) else None,
        late_penalty=late,
        repairs=[text.sentence(one) for one in _repairs(notebook)],
        score=None if unjudged else score,
        max_score=about.get("max_score", sum(item.max_score for item in items)),
    )


def verdict(notebook: NotebookNode) -> Mark | None:
    """The mark that the grader left in the notebook, or None if there is none."""
    try:
        return Mark.from_json(notebook.metadata[VERDICT])
    except (KeyError, TypeError, AttributeError):
        return None


def gradebook_says(about: dict[str, Any]) -> tuple[dict[str, Record], str | None]:
    """({grade_id: record}, the student's name) from the gradebook; empty where there is none."""
    if not about.get("db_url"):
        return {}, None
    with Gradebook(about["db_url"]) as gradebook:
        try:
            found = gradebook.find_submission_notebook(about["notebook"], about["assignment"], about["student"])
            student = gradebook.find_student(about["student"])
        except MissingEntry:
            return {}, None
        records = {
            grade.name: Record(
                by_hand=grade.manual_score is not None,
                waits=bool(grade.needs_manual_grade) and grade.manual_score is None,
            )
            for grade in found.grades
        }
        full = " ".join(part for part in (student.first_name, student.last_name) if part)
        return records, f"{full} ({student.id})" if full else None


def _items(notebook: NotebookNode, mark: Mark | None, records: dict[str, Record]) -> Iterator[Item]:
    """The tasks in the notebook's order, then those of the mark that the notebook has lost."""
    cells = {name: cell for cell in notebook.cells if (name := _about(cell).get("grade_id"))}
    marked = {task.grade_id: task for task in mark.tasks} if mark else {}
    headings = _headings(notebook)
    seen = set()
    for name, cell in cells.items():
        about = _about(cell)
        if about.get("solution") or about.get("task"):
            graded = cell if about.get("grade") or about.get("task") else cells.get(TEST_PREFIX + name)
        elif about.get("grade") and name.removeprefix(TEST_PREFIX) not in cells:
            graded = cell
        else:
            continue
        task = marked.get(name.removeprefix(TEST_PREFIX))
        seen.add(name.removeprefix(TEST_PREFIX))
        if graded is not None or task is not None:
            yield _item(name, cell, graded, task, records, headings.get(name))
    for name, task in marked.items():
        if name not in seen:
            yield _item(name, None, None, task, records, None)


def _item(
    name: str,
    cell: NotebookNode | None,
    graded: NotebookNode | None,
    task: Task | None,
    records: dict[str, Record],
    heading: Markup | None,
) -> Item:
    """One task from its answer cell, the cell with its points, its mark and the gradebook's records."""
    about, points = _about(cell), _about(graded)
    record = records.get(points.get("grade_id", name), Record(False, False))
    manual = graded is not None and graded is cell and bool(about.get("solution") or about.get("task"))
    score = points.get("score", task.score if task else None)
    if record.waits or (task is not None and task.score is None and not record.by_hand):
        score = None
    item = Item(
        grade_id=text.clean(name, 60),
        title=heading or Markup("<code>{}</code>").format(text.clean(name, 60)),
        kind="manual" if manual else "auto",
        score=score,
        max_score=float(points.get("points", task.max_score if task else 0) or 0),
        corrected=record.by_hand and not manual,
    )
    if task is not None:
        _say(item, task)
    if cell is not None and about.get("solution"):
        if cell.cell_type == "code":
            item.answer = text.code(cell.source)
        else:
            item.written = text.clean(text.as_written(cell.source), text.LONGEST_CODE)
    comment = (about.get("comment") or "").strip()
    if comment == NO_RESPONSE:
        comment = ""
        if manual and item.message is None:
            item.message = Markup("Здесь пока нет ответа.")
    item.comment = text.markdown(comment) if comment else None
    return item


def _say(item: Item, task: Task) -> None:
    """Put the grader's sentences into an item."""
    message = _own(task, task.message)
    item.message = text.sentence(message) if message else None
    item.properties = [
        replace(one, message=why if (why := _own(task, one.message)) != message else None) for one in task.properties
    ]
    item.remarks = [text.sentence(remark) for remark in task.remarks]
    lost = task.score is not None and task.score < task.max_score
    item.example = task.example if lost and isinstance(task.example, dict) else None
    if item.example and (said := item.example.get("said")) and said.casefold() in message.casefold():
        item.example = None  # it has been said


def _own(task: Task, message: str | None) -> str:
    """A sentence without the task's name before it. A name of the code, such as p, keeps its small letter."""
    short = (message or "").removeprefix(f"{task.grade_id}: ")
    return short if short[:1].isascii() else short[:1].upper() + short[1:]


def _about(cell: NotebookNode | None) -> dict[str, Any]:
    return cell.metadata.get("nbgrader", {}) if cell is not None else {}


def _repairs(notebook: NotebookNode) -> list[str]:
    return list(notebook.metadata.get(SUBMISSION, {}).get("repairs", []))


def _headings(notebook: NotebookNode) -> dict[str, Markup]:
    """For each graded or answered cell the heading of second rank under which it stands."""
    found, heading = {}, None
    for cell in notebook.cells:
        name = _about(cell).get("grade_id")
        if name and heading:
            found[name] = heading
        elif not name:
            heading = _heading(cell, "##") or heading
    return found


def _heading(cell: NotebookNode, rank: str) -> Markup | None:
    """The first heading of a rank in a cell of prose, as HTML."""
    if cell.cell_type != "markdown" or _about(cell).get("grade_id"):
        return None
    first = next((found for level, found in HEADING.findall(cell.source) if level == rank), None)
    return text.heading(first) if first else None
