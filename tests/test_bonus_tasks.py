"""Bonus tasks carry no points: whatever stands in their cells, no mark changes, and the box never runs them."""

import json

import nbformat
import pytest
from click.testing import CliRunner
from homework_answers import SOURCE

from grader import answers
from grader.cli import main
from grader.demo import fresh_course
from grader.homework import read_homework
from grader.intake import read_answers
from grader.paths import ASSIGNMENT, assignments_dir
from grader.rawfile import read_cells
from grader.release import build, leaked_lines, read, stub_lines
from grader.template import fill_in

TASKS = ["temperature_probs", "top_k_probs", "nucleus_probs", "entropy", "draw", "Sampler", "generate"]
BONUS = ["min_p_probs", "typical_probs", "repetition_penalty"]
MISCHIEF = {
    "left empty": None,
    "an exception": "raise RuntimeError('бонус')",
    "not Python": "def min_p_probs(probs, min_p:\n    ???",
    "ends the process": "import os\nos._exit(0)",
    "never ends": "while True:\n    pass",
    "other tasks redefined": "def entropy(probs):\n    return None\n\n\nSampler = generate = draw = None",
    "torch spoilt": "import torch\ntorch.softmax = torch.multinomial = torch.Tensor.sum = None",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = fresh_course(tmp_path_factory.mktemp("bonus") / "course", assignments_dir())
    build(course, ASSIGNMENT)  # so `nbgrader validate` and its --invert hold
    return course


def submission(course, mischief):
    """A right homework, mischief in its bonus cells and in the checks below them."""
    notebook = answers.put_answers(read(course.notebook("release", ASSIGNMENT)), answers.read_answers(read(SOURCE)))
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "").removeprefix("check_")
        if name in BONUS:
            cell.source = mischief if mischief is not None else "# Ваш код здесь\nraise NotImplementedError"
    return notebook


def hand_in(course, folder, student, notebook):
    path = folder / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    return path


def test_the_grader_knows_the_seven_tasks_and_the_question(course):
    homework = read_homework(course, ASSIGNMENT)
    assert list(homework.answers) == [*TASKS, "analysis"]
    assert list(homework.points) == TASKS and sum(homework.points.values()) == 15


@pytest.mark.parametrize("mischief", MISCHIEF.values(), ids=MISCHIEF)
def test_nothing_of_a_bonus_cell_is_taken_in(course, tmp_path, mischief):
    homework = read_homework(course, ASSIGNMENT)
    path = hand_in(course, tmp_path, "s", submission(course, mischief))
    found = read_answers(read_cells(path, 10**7), homework)
    clean = read_answers(read_cells(hand_in(course, tmp_path, "t", submission(course, "pass")), 10**7), homework)
    assert (found.answers, found.texts, found.helpers, found.repairs) == (
        clean.answers,
        clean.texts,
        clean.helpers,
        clean.repairs,
    )
    filled = fill_in(homework.release, homework, found)
    released = answers.answer_cells(homework.release)
    assert all(answers.answer_cells(filled)[name].source == released[name].source for name in BONUS)


def test_the_leak_check_covers_the_bonus_answers(course):
    source, release = read(course.notebook("source", ASSIGNMENT)), read(course.notebook("release", ASSIGNMENT))
    assert leaked_lines(source, release, stub_lines(course)) == []
    for name in BONUS:
        line = answers.read_answers(source)[name].splitlines()[-1].strip()
        spoilt = read(course.notebook("release", ASSIGNMENT))
        spoilt.cells[0].source += f"\n{line}"
        assert leaked_lines(source, spoilt, stub_lines(course)) == [line]


@pytest.mark.slow
def test_marks_are_the_same_whatever_stands_in_bonus_cells(course, tmp_path):
    students = {f"s{i}": mischief for i, mischief in enumerate(MISCHIEF.values())}
    for student, mischief in students.items():
        hand_in(course, tmp_path / "in", student, submission(course, mischief))
    out = tmp_path / "marks.json"
    arguments = ["grade", ASSIGNMENT, "--course", str(course.root), "--submissions", str(tmp_path / "in")]
    outcome = CliRunner().invoke(main, [*arguments, "--json", str(out)])
    assert outcome.exit_code == 0, outcome.output
    results = json.loads(out.read_text(encoding="utf-8"))["results"]
    assert [one["student"] for one in results] == list(students)
    for one in results:
        assert (one["score"], one["max_score"], one["fault"]) == (15.0, 15.0, None), one
        assert [task["grade_id"] for task in one["tasks"]] == TASKS
    page = course.folder("feedback", ASSIGNMENT, "s2") / f"{ASSIGNMENT}.html"
    assert "???" not in page.read_text(encoding="utf-8")
