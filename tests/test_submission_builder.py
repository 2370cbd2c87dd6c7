"""The scripts of tests/submissions become whole submissions, and say what they must get."""

import ast
import json

import nbformat
import pytest
from submission_builder import POINTS, Expected, build, constants, expected, parts, scripts, student

from grader.demo import fresh_course
from grader.paths import ASSIGNMENT, assignments_dir

HOSTILE = scripts("hostile")


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    course = fresh_course(tmp_path_factory.mktemp("course") / "course", assignments_dir())
    assert course.generate_release(ASSIGNMENT).success
    return course.notebook("release", ASSIGNMENT)


def write(folder, text):
    path = folder / "sample.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_there_are_many():
    assert len(HOSTILE) >= 100


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_every_hostile_script_says_what_it_is_and_what_it_must_get(path):
    said = constants(path)
    assert said["__doc__"].count("\n\n") == 1, "two paragraphs: what it tries, and why a grader falls for it"
    assert set(said) <= {"__doc__", "SCORES", "FAULT", "STUDENT", "PAYLOAD"}
    verdict = expected(path)
    assert set(verdict.scores) == set(POINTS)
    assert all(0 <= lowest <= highest <= POINTS[task] for task, (lowest, highest) in verdict.scores.items())
    assert set(verdict.faults) <= {None, "timeout", "memory", "output", "crash", "invalid-notebook", "infrastructure"}
    ast.parse(parts(path)[2])


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_every_hostile_script_becomes_a_folder(path, release, tmp_path):
    folder = build(path, release, tmp_path)
    assert folder == tmp_path / student(path) / ASSIGNMENT and folder.is_dir()
    assert not list(tmp_path.glob("*.ipynb"))


def test_answers_take_their_places_and_the_others_are_the_model_ones(release, tmp_path):
    path = write(tmp_path, '"""One."""\n\n# %% draw\ndef draw(probs):\n    return 1\n')
    notebook = nbformat.read(build(path, release, tmp_path) / f"{ASSIGNMENT}.ipynb", as_version=4)
    sources = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in notebook.cells}
    assert sources["draw"] == "def draw(probs):\n    return 1"
    assert "xlogy" in sources["entropy"]


def test_mischief_has_the_notebook_its_cells_the_folder_and_the_last_word(release, tmp_path):
    cell = '# %% tamper\ncell("draw").source = released("draw")\n(folder / "x.txt").write_text("x")\n'
    folder = build(write(tmp_path, cell), release, tmp_path / "one")
    notebook = json.loads((folder / f"{ASSIGNMENT}.ipynb").read_text("utf-8"))
    assert "NotImplementedError" in next(one["source"] for one in notebook["cells"] if "def draw" in one["source"])
    assert (folder / "x.txt").is_file()
    folder = build(write(tmp_path, '# %% tamper\nraw = b"\\xff"\n'), release, tmp_path / "two")
    assert (folder / f"{ASSIGNMENT}.ipynb").read_bytes() == b"\xff"
    assert list(build(write(tmp_path, "# %% tamper\nnotebook = None\n"), release, tmp_path / "three").iterdir()) == []


def test_a_verdict_is_compared_in_words():
    wanted = Expected({"draw": (0, 1.5), "entropy": (1, 1)}, ("timeout",))
    tasks = [{"grade_id": "draw", "score": 2.0}, {"grade_id": "entropy", "score": None}]
    assert wanted.complaints({"fault": None, "tasks": tasks}) == [
        "fault None instead of 'timeout'",
        "draw: 2.0 instead of 0 to 1.5",
        "entropy: None instead of 1",
    ]
    tasks = [{"grade_id": "draw", "score": 1.5}, {"grade_id": "entropy", "score": 1.0}]
    assert wanted.complaints({"fault": "timeout", "tasks": tasks}) == []


def test_a_slip_in_a_script_is_noticed(tmp_path):
    with pytest.raises(ValueError, match="no such task.*drow"):
        expected(write(tmp_path, 'SCORES = {"drow": 0}\n'))
