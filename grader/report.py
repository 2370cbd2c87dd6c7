"""Marks as a person reads them: the table, what was found in each task, what a preview would change."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.homework import Homework
from grader.marks import Mark

FAULTS = {
    "timeout": "ran out of time",
    "memory": "ran out of memory",
    "output": "too much output",
    "crash": "the process died",
    "invalid-notebook": "no readable notebook",
    "infrastructure": "needs a person",
}


def console() -> Console:
    """A console that is wide enough for the table of marks, also where the output is a file."""
    usual = Console()
    return usual if usual.is_terminal else Console(width=max(usual.width, 120))


def table(assignment: str, marks: list[Mark]) -> Table:
    """The marks: a row for each student, a column for each task, the sum and what went wrong with the run."""
    marks = sorted(marks, key=lambda one: one.student)
    result = Table(title=f"{assignment}: {len(marks)} submissions", title_justify="left")
    result.add_column("student", no_wrap=True)
    for task in marks[0].tasks if marks else []:
        result.add_column(f"{task.grade_id.removesuffix('_probs')}\n/ {task.max_score:g}", justify="right")
    result.add_column(f"sum\n/ {marks[0].max_score:g}" if marks else "sum", justify="right")
    result.add_column("remark")
    for one in marks:
        cells = [points(task.score, task.max_score) for task in one.tasks]
        result.add_row(Text(one.student), *cells, points(one.score, one.max_score), Text(remark(one)))
    return result


def points(score: float | None, max_score: float) -> Text:
    """A score, green if it is all of the points and red if it is none; a question mark where there is no verdict."""
    if score is None:
        return Text("?", style="magenta")
    style = "green" if score >= max_score else "yellow" if score > 0 else "red"
    return Text(f"{round(score, 2):g}", style=style)


def remark(one: Mark) -> str:
    """What the table says beside a row."""
    return FAULTS[one.fault] if one.fault else ""


def by_hand(homework: Homework) -> str:
    """What the table does not hold."""
    points = sum(homework.by_hand.values())
    whole = sum(homework.points.values()) + points
    waits = f"; {', '.join(homework.by_hand)}: {points:g} of {whole:g} points are given by hand" if points else ""
    return f"Automatic points only{waits}. Final marks: `nbgrader export`."


def hints(marks: list[Mark]) -> list[str]:
    """A line for each task that lost points (whose, which, the mistake, what the student reads) or has remarks.

    What is the same for all tasks, such as that there is no notebook, is one line.
    """
    lines = []
    for one in sorted(marks, key=lambda one: one.student):
        found = {task.grade_id: (task.diagnosis, task.message) for task in one.tasks if task.message}
        if len(one.tasks) == len(found) > 1 and len(set(found.values())) == 1:
            found = {"every task": found.popitem()[1]}
        for place, (diagnosis, message) in found.items():
            lines.append(f"{one.student} · {place}{f' [{diagnosis}]' if diagnosis else ''}: {message}")
        for task in one.tasks:
            lines += [f"{one.student} · {task.grade_id}, at no cost: {text}" for text in task.remarks]
    return lines


def changes(assignment: str, found: list) -> Table:
    """What a preview found (`grader.preview.Change`): a row for each task whose points would change.

    A student who has no mark in the gradebook yet is called new.
    """
    number_of = "1 mark" if len(found) == 1 else f"{len(found)} marks"
    result = Table(title=f"{assignment}: {number_of} would change", title_justify="left")
    result.add_column("student", no_wrap=True)
    result.add_column("sum", justify="right")
    result.add_column("task", no_wrap=True)
    result.add_column("points", justify="right", no_wrap=True)
    result.add_column("why")
    for change in sorted(found, key=lambda one: (-abs(one.difference), one.student)):
        first = (Text(f"{change.student}, new" if change.is_first else change.student), signed(change.difference))
        for task in change.tasks:
            by_hand = "" if task.manual is None else f"; {task.manual:g} by hand stands"
            row = (Text(task.grade_id), Text(f"{number(task.old)} → {number(task.new)}"), Text(task.reason + by_hand))
            result.add_row(*first, *row)
            first = (Text(""), Text(""))
    return result


def number(score: float | None) -> str:
    """Points, or a dash where there are none."""
    return "–" if score is None else f"{round(score, 2):g}"


def signed(difference: float) -> Text:
    """A difference of points with its sign, green or red."""
    return Text(f"{round(difference, 2):+g}", style="green" if difference > 0 else "red" if difference < 0 else "")
