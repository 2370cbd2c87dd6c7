"""The scripts of tests/submissions without a notebook or a box: their answers, and what is said about them."""

import ast
import contextlib
import io
from functools import cache
from pathlib import Path

import nbformat
from homework_answers import SOURCE

from grader.answers import HEADER, parse_answers, read_answers

FOLDER = Path(__file__).parent / "submissions"
SET_UP = 'import math\n\nimport torch\n\nfrom course_lib import checks\n\ndevice = torch.device("cpu")\n'


def scripts(kind: str) -> list[str]:
    """Names of the scripts of a kind: "right" or "wrong"."""
    return sorted(path.stem for path in (FOLDER / kind).glob("*.py"))


@cache
def _text(kind: str, name: str) -> str:
    return (FOLDER / kind / f"{name}.py").read_text(encoding="utf-8")


@cache
def model_sources() -> dict[str, str]:
    """The model answers: {grade_id: source}, in the homework's order."""
    answers = read_answers(nbformat.read(SOURCE, as_version=4))
    return {name: source for name, source in answers.items() if name != "analysis"}


def constant(kind: str, name: str, constant: str) -> object:
    """A constant of the script's head, such as LOSES; None if it has none of that name."""
    head = HEADER.split(_text(kind, name), maxsplit=1)[0]
    for statement in ast.parse(head).body:
        if isinstance(statement, ast.Assign) and statement.targets[0].id == constant:
            return ast.literal_eval(statement.value)
    return None


def answers(kind: str, name: str) -> dict[str, str | None]:
    """What the script answers: {grade_id: source}."""
    return parse_answers(_text(kind, name))


def namespace(kind: str, name: str) -> dict:
    """A notebook in which the script's answers were executed, and model answers where it has none."""
    space: dict = {"__name__": "__main__"}
    exec(SET_UP, space)
    given = answers(kind, name)
    with contextlib.redirect_stdout(io.StringIO()):
        for task, model in model_sources().items():
            exec(compile(given.get(task) or model, f"{name}: {task}", "exec"), space)
    return space
