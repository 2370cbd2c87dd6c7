"""The notebook that nbgrader gets to see: the instructor's own, with a student's answers in the answer cells.

Everything else of a submitted notebook (outputs, metadata, other cells, files beside it) stays outside.
"""

import copy

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from grader.answers import answer_cells, without_hidden_tests
from grader.feedback.text import as_plain_text, shown
from grader.homework import Homework
from grader.intake import Intake
from grader.marks import Mark, Task

FAULTS = {
    "timeout": "Код не закончил работу за отведённое время.",
    "memory": "Коду не хватило отведённой памяти.",
    "output": "Код выводит слишком много: печатает, создаёт файлы или возвращает огромный ответ.",
    "crash": "Код аварийно завершился.",
    "invalid-notebook": "Блокнот не удалось прочитать.",
    "infrastructure": "Проверить работу не удалось по нашей вине; оценку поставит преподаватель.",
}


def fill_in(template: NotebookNode, homework: Homework, intake: Intake) -> NotebookNode:
    """A copy of a template with a student's answers; a missing one and a bonus task stay as released.

    The formgrader shows Markdown as it is, in a page with the instructor's rights: a text comes as plain text.
    """
    notebook = copy.deepcopy(template)
    for name, cell in answer_cells(notebook).items():
        if name not in homework.answers:
            continue
        if code := intake.answers.get(name):
            cell.source = shown(code)
        elif text := intake.texts.get(name):
            cell.source = as_plain_text(text)
    return notebook


def show_verdict(notebook: NotebookNode, homework: Homework, mark: Mark, repairs: list[str]) -> None:
    """Put a verdict's words into an autograded notebook (in place), for the manual-grading view of the formgrader.

    Test cells lose their hidden tests and get the points as plain text; a cell with the sum stands first.
    """
    tasks = {task.grade_id: task for task in mark.tasks}
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        answer = homework.tests.get(about.get("grade_id"))
        if about.get("grade") and not about.get("solution") and cell.cell_type == "code":
            cell.source = without_hidden_tests(cell.source)
            cell.outputs = [_printed(_of_task(tasks[answer]))] if answer in tasks else []
    lines = [_points("Автоматическая проверка", mark.score, mark.max_score)]
    lines += [FAULTS[mark.fault]] if mark.fault else []
    summary = new_code_cell("# Результат проверки", outputs=[_printed(lines + repairs)])
    summary.update(id="verdict", metadata={"editable": False, "deletable": False})
    notebook.cells.insert(0, summary)


def _of_task(task: Task) -> list[str]:
    """A task's points and sentences, a line each."""
    lines = [_points(task.grade_id, task.score, task.max_score)]
    lines += [task.message] if task.message else []
    lines += [
        f"  {_points(one.title, one.score, one.max_score)}{' ' + one.message if one.message else ''}"
        for one in task.properties
    ]
    return lines + task.remarks


def _points(what: str, score: float | None, most: float) -> str:
    return f"{what}: без оценки." if score is None else f"{what}: {score:g} из {most:g}."


def _printed(lines: list[str]) -> NotebookNode:
    """Lines as an output that every viewer shows as plain text."""
    return new_output("stream", name="stdout", text="\n".join(lines) + "\n")
