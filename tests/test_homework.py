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
BONUS = ["min_p_probs", "typical_probs", "repetition_penalty"]


def read(path):
    return nbformat.read(path, as_version=4)


def about(cell):
    return cell.metadata.get("nbgrader", {})


def instructions(cells, name):
    """What stands in text between an answer cell and the last code before it."""
    place = next(i for i, cell in enumerate(cells) if about(cell).get("grade_id") == name)
    first = next(i for i in range(place - 1, -1, -1) if cells[i].cell_type == "code") + 1
    return [cell.source for cell in cells[first:place]]


def test_seven_tasks_in_order_a_question_and_three_bonus_tasks():
    source = read(SOURCE)
    assert list(answers.answer_cells(source)) == [*TASKS, "analysis", *BONUS]
    graded = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    assert graded == {**{f"test_{name}": points for name, points in zip(TASKS, POINTS, strict=True)}, "analysis": 3}


@pytest.mark.parametrize("name", [*TASKS, *BONUS])
def test_each_task_says_how_hard_and_how_long_and_gives_a_formula(name):
    text = "\n".join(instructions(read(SOURCE).cells, name))
    points = r"без баллов" if name in BONUS else r"\d балл"
    assert re.search(rf"(●○○ легко|●●○ средне|●●● трудно) · \d+ минут · {points}", text), name
    assert "$$" in text


def test_no_letter_needs_a_colour_font():
    text = "".join(cell.source for cell in read(SOURCE).cells)
    assert not [letter for letter in text if ord(letter) > 0xFFFF]


def test_bonus_tasks_stand_apart_behind_everything_that_has_points():
    cells = read(SOURCE).cells
    last = max(i for i, cell in enumerate(cells) if about(cell).get("grade"))
    for name in BONUS:
        place = next(i for i, cell in enumerate(cells) if about(cell).get("grade_id") == name)
        check = cells[place + 1]
        assert place > last
        assert check.source.strip() == f"checks.check_{name}({name})"
        assert about(check)["locked"] and not about(check)["grade"] and "points" not in about(check)


def test_the_reading_list_names_its_papers():
    text = read(SOURCE).cells[-1].source
    papers = {"Hochreiter": "1997", "Fan": "1805.04833", "Keskar": "1909.05858", "Holtzman": "1904.09751"}
    for author, mark in (papers | {"Meister": "2202.00666", "Nguyen": "2407.01082"}).items():
        assert author in text and mark in text


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


def test_solved_notebook_shows_ten_passes_and_no_machine():
    text = SOLVED.read_text(encoding="utf-8")
    notebook = read(SOLVED)
    printed = "".join(
        output.get("text", "") for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs
    )
    assert printed.count("✓") == len(TASKS) + len(BONUS)
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
    assert list(cells) == [*TASKS, "analysis", *BONUS]
    for name in [*TASKS, *BONUS]:
        assert "raise NotImplementedError" in cells[name].source
        assert name in cells[name].source  # the signature stays
    text = "".join(cell.source for cell in release.cells)
    for secret in ("grader", "multinomial", "HIDDEN", "SOLUTION", "950", "lent", "argsort", "amax", "spoken"):
        assert secret not in text, secret
    assert all(f"checks.check_{name.lower()}({name})" in text for name in [*TASKS, *BONUS])
