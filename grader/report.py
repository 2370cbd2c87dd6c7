"""Marks as a person reads them: one table, and the list of those who got no verdict."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.marking import Mark

FAULTS = {
    "timeout": "ran out of time",
    "memory": "ran out of memory",
    "output": "printed too much",
    "crash": "the kernel died",
    "invalid-notebook": "no readable notebook",
    "infrastructure": "marking itself failed",
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


def points(score: float, max_score: float) -> Text:
    """A score, green if it is all of the points and red if it is none."""
    style = "green" if score >= max_score else "yellow" if score > 0 else "red"
    return Text(f"{score:g}", style=style)


def remark(one: Mark) -> str:
    """What the table says beside a row."""
    if one.fault is None:
        return ""
    return FAULTS[one.fault] + ("" if one.has_verdict else ": no verdict")


def hints(marks: list[Mark]) -> list[str]:
    """One line for each task that lost points: whose, which, and what the student is told."""
    return [f"{one.student} · {task.grade_id}: {task.message}" for one in marks for task in one.tasks if task.message]
