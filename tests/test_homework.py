"""The homework as a whole: source, release, the demo's example submissions, the solved notebook."""

import re
from pathlib import Path

import nbformat
import pytest
from homework_answers import SOURCE

from grader import answers
from grader.demo import EXAMPLES, fresh_course
from grader.paths import ASSIGNMENT, CourseError, assignments_dir
from grader.release import build
from grader.solved import solved_notebook

ROOT = Path(__file__).parents[1]
SUBMISSIONS = ROOT / "tests" / "submissions"
SOLVED = ROOT / "solutions" / "hw_sampler.ipynb"
TASKS = ["temperature_probs", "top_k_probs", "nucleus_probs", "entropy", "draw", "Sampler", "generate"]
POINTS = [2, 2, 3, 1, 2, 3, 2]


def read(path):
    return nbformat.read(path, as_version=4)


def test_seven_tasks_in_order_and_a_question():
    source = read(SOURCE)
    assert list(answers.answer_cells(source)) == [*TASKS, "analysis"]
    graded = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    assert graded == {**{f"test_{name}": points for name, points in zip(TASKS, POINTS, strict=True)}, "analysis": 3}


def test_each_task_says_how_hard_and_how_long_and_gives_a_formula():
    cells = read(SOURCE).cells
    for name in TASKS:
        place = next(i for i, cell in enumerate(cells) if cell.metadata.get("nbgrader", {}).get("grade_id") == name)
        task = cells[place - 1].source
        assert re.search(r"[🟢🟡🔴] \w+ · \d+ минут · \d балл", task), name
        assert "$$" in task, name


def test_the_examples_of_the_demo_are_there():
    assert all((SUBMISSIONS / f"{name}.py").is_file() for name in EXAMPLES)


# --- answers


def test_reading_and_putting_answers(tmp_path):
    source = read(SOURCE)
    model = answers.read_answers(source)
    assert "SOLUTION" not in "".join(model.values())
    assert model["entropy"].startswith("def entropy(probs):")
    file = tmp_path / "some.py"
    file.write_text(
        '"""Ignored."""\n\n# %% entropy\ndef entropy(probs):\n    return None\n\n\n# %% draw\n# not answered\n\n'
        "# %% [markdown] analysis\n# Потому что.\n#\n# И всё.\n",
        encoding="utf-8",
    )
    notebook = answers.make_submission(SOURCE, file, source=SOURCE)
    given = {name: cell.source for name, cell in answers.answer_cells(notebook).items()}
    assert given["entropy"] == "def entropy(probs):\n    return None"
    assert given["draw"] == answers.answer_cells(source)["draw"].source
    assert given["analysis"] == "Потому что.\n\nИ всё."
    assert given["Sampler"] == model["Sampler"]


def test_a_file_without_answers_is_the_model_homework():
    assert answers.parse_answers('"""Nothing here."""\n') == {}
    notebook = answers.make_submission(SOURCE, SUBMISSIONS / "right" / "right.py", source=SOURCE)
    assert answers.read_answers(notebook) == answers.read_answers(read(SOURCE))


def test_mistakes_in_a_file_of_answers(tmp_path):
    file = tmp_path / "some.py"
    file.write_text("# %% entropia\nx = 1\n", encoding="utf-8")
    with pytest.raises(CourseError, match="entropia.*entropy"):
        answers.make_submission(SOURCE, file, source=SOURCE)
    file.write_text("# %% draw\nx = 1\n# %% draw\nx = 2\n", encoding="utf-8")
    with pytest.raises(CourseError, match="draw.*twice"):
        answers.make_submission(SOURCE, file, source=SOURCE)
    with pytest.raises(CourseError, match="There is no"):
        answers.make_submission(SOURCE, tmp_path / "none.py", source=SOURCE)
    doubled = read(SOURCE)
    doubled.cells.append(answers.answer_cells(doubled)["draw"])
    with pytest.raises(CourseError, match="draw.*twice"):
        answers.answer_cells(doubled)


# --- the solved notebook


def test_solved_notebook_is_of_this_source():
    expected = [(cell.cell_type, cell.source) for cell in solved_notebook(read(SOURCE)).cells]
    assert [(cell.cell_type, cell.source) for cell in read(SOLVED).cells] == expected, "run `course solutions`"


def test_solved_notebook_shows_seven_passes_and_no_machine():
    text = SOLVED.read_text(encoding="utf-8")
    notebook = read(SOLVED)
    printed = "".join(
        output.get("text", "") for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs
    )
    assert printed.count("✓") == 7
    assert "жадно: средняя энтропия 0.00" in printed
    for trace in ("/home/", "/root", "/work", "/tmp", "/usr", "iopub", "HIDDEN", "from grader", "BEGIN SOLUTION"):
        assert trace not in text, trace
    assert not any(output.output_type == "error" for cell in notebook.cells for output in cell.get("outputs", []))


# --- release and marks


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = fresh_course(tmp_path_factory.mktemp("homework") / "course", assignments_dir())
    build(course, ASSIGNMENT)
    return course


@pytest.mark.slow
def test_release_asks_and_does_not_answer(course):
    release = read(course.notebook("release", ASSIGNMENT))
    cells = answers.answer_cells(release)
    assert list(cells) == [*TASKS, "analysis"]
    for name in TASKS:
        assert "raise NotImplementedError" in cells[name].source
        assert name in cells[name].source  # the signature stays
    text = "".join(cell.source for cell in release.cells)
    for secret in ("grader", "multinomial", "HIDDEN", "SOLUTION", "950", "lent"):
        assert secret not in text, secret
    assert all(f"checks.check_{name.lower()}({name})" in text for name in TASKS)
