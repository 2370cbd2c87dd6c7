"""`course grade` on a homework of two tasks: marks, faults, files, and nothing lost on the way."""

import json

import pytest
from click.testing import CliRunner
from small_course import ASSIGNMENT, make_course, submit

from grader.cli import EXIT_NO_VERDICT, main
from grader.course import Course
from grader.release import build

RIGHT = {"double": "def double(x):\n    return 2 * x", "greet": "def greet(name):\n    return f'Привет, {name}'"}
FAULTY = {"dies": "crash", "broken": "invalid-notebook", "no_file": "invalid-notebook", "odd[1]": "infrastructure"}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = make_course(tmp_path_factory.mktemp("grade"))
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text("utf-8") + "\nc.Execute.timeout = 3\n", encoding="utf-8")
    course = Course(root)
    build(course, ASSIGNMENT)
    return course


@pytest.fixture(scope="module")
def graded(course, tmp_path_factory):
    """The outcome of `course grade` on submissions of every kind: (click's result, the JSON, by student)."""
    folder = tmp_path_factory.mktemp("submissions")
    release = course.notebook("release", ASSIGNMENT)
    submit(release, folder, "right", **RIGHT)
    submit(release, folder, "half", double="def double(x):\n    return x * x", greet=RIGHT["greet"])
    submit(release, folder, "silent", double=RIGHT["double"], greet="def greet(name):\n    return ''")
    submit(release, folder, "empty")
    submit(release, folder, "raises", double=RIGHT["double"], greet="def greet(name):\n    return name[99]")
    submit(release, folder, "typo", double="def double(x) return x", greet=RIGHT["greet"])
    submit(release, folder, "hangs", double="while True:\n    pass", greet=RIGHT["greet"])
    submit(release, folder, "dies", double="import os\nos._exit(1)", greet=RIGHT["greet"])
    submit(release, folder, "odd[1]", **RIGHT)
    submit(release, folder, "broken").write_text('{"cells": [', encoding="utf-8")
    submit(release, folder, "no_file").unlink()
    path = tmp_path_factory.mktemp("out") / "new" / "marks.json"
    arguments = ["grade", ASSIGNMENT, "--submissions", str(folder), "--json", str(path), "--course", str(course.root)]
    result = CliRunner().invoke(main, arguments)
    assert path.is_file(), result.output
    marks = json.loads(path.read_text(encoding="utf-8"))
    return result, marks, {one["student"]: one for one in marks["results"]}


def test_json_has_exactly_the_agreed_shape(graded):
    _, marks, by_student = graded
    assert list(marks) == ["assignment", "results"]
    assert marks["assignment"] == ASSIGNMENT
    assert len(by_student) == 11
    for one in marks["results"]:
        assert list(one) == ["student", "score", "max_score", "fault", "tasks"]
        assert [list(task) for task in one["tasks"]] == [["grade_id", "score", "max_score", "diagnosis", "message"]] * 2
        assert [task["grade_id"] for task in one["tasks"]] == ["double", "greet"]
        assert isinstance(one["score"], float) and one["max_score"] == 5.0


@pytest.mark.parametrize(
    ("student", "scores"),
    [("right", [2, 3]), ("half", [0, 3]), ("empty", [0, 0]), ("raises", [2, 0]), ("typo", [0, 3]), ("hangs", [0, 3])],
)
def test_each_task_is_marked_on_its_own(graded, student, scores):
    one = graded[2][student]
    assert [task["score"] for task in one["tasks"]] == scores
    assert one["score"] == sum(scores)


def test_the_message_is_the_tests_own_sentence(graded):
    tasks = graded[2]["half"]["tasks"]
    assert tasks[0]["message"] == "Удвоить — значит сложить число с самим собой."
    assert tasks[1]["message"] is None


def test_the_name_of_the_task_is_not_said_twice(graded):
    assert graded[2]["silent"]["tasks"][1]["message"] == "Приветствие начинается словом «Привет»."


def test_an_answer_that_stops_is_explained_by_its_own_error(graded):
    assert "IndexError" in graded[2]["raises"]["tasks"][1]["message"]
    assert "SyntaxError" in graded[2]["typo"]["tasks"][0]["message"]
    assert graded[2]["empty"]["tasks"][0]["message"] == "Здесь ещё нет решения."


def test_a_cell_without_end_is_stopped_and_the_rest_is_marked(graded):
    one = graded[2]["hangs"]
    assert one["fault"] == "timeout"
    assert "бесконечного цикла" in one["tasks"][0]["message"]


@pytest.mark.parametrize(("student", "fault"), FAULTY.items())
def test_what_cannot_be_marked_has_a_fault_and_no_points(graded, student, fault):
    one = graded[2][student]
    assert (one["fault"], one["score"], one["max_score"]) == (fault, 0.0, 5.0)


def test_exit_code_and_list_of_those_without_a_verdict(graded, course):
    result = graded[0]
    assert result.exit_code == EXIT_NO_VERDICT
    assert "No verdict for 4 of 11" in result.output
    for student in FAULTY:
        log = course.root / "logs" / f"{ASSIGNMENT}-{student}.log"
        assert log.read_text(encoding="utf-8").strip()


def test_the_table_names_tasks_students_and_sums(graded):
    output = graded[0].output
    for word in ("student", "double", "greet", "/ 5", "half", "ran out of time"):
        assert word in output


def test_marks_are_in_the_gradebook_and_feedback_is_written(graded, course):
    with course.gradebook() as gradebook:
        assert gradebook.find_submission(ASSIGNMENT, "half").score == 3
        manual = gradebook.find_grade("why", ASSIGNMENT, ASSIGNMENT, "half")
        assert manual.auto_score == 0 and manual.max_score == 3  # left as released, so no points by itself
    page = (course.folder("feedback", ASSIGNMENT, "half") / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")
    assert "Удвоить" in page
    assert "<mfrac>" in page and "cdnjs" not in page
    assert not course.folder("feedback", ASSIGNMENT, "dies").exists()


def test_a_later_notebook_without_a_verdict_takes_the_old_mark_back(course, graded, tmp_path):
    release = course.notebook("release", ASSIGNMENT)
    submit(release, tmp_path / "first", "changes", **RIGHT)
    runner, options = CliRunner(), ["--course", str(course.root)]
    first = runner.invoke(main, ["grade", ASSIGNMENT, "--submissions", str(tmp_path / "first"), *options])
    assert first.exit_code == 0, first.output
    submit(release, tmp_path / "second", "changes").write_text("[]", encoding="utf-8")
    second = runner.invoke(main, ["grade", ASSIGNMENT, "--submissions", str(tmp_path / "second"), *options])
    assert second.exit_code == EXIT_NO_VERDICT
    with course.gradebook() as gradebook:
        assert gradebook.find_submission(ASSIGNMENT, "changes").score == 0
        assert gradebook.find_grade("test_double", ASSIGNMENT, ASSIGNMENT, "changes").needs_manual_grade
    assert not course.folder("feedback", ASSIGNMENT, "changes").exists()
    kept = list((course.root / "replaced" / "changes").glob(f"*/{ASSIGNMENT}.ipynb"))
    assert len(kept) == 1 and "2 * x" in kept[0].read_text(encoding="utf-8")


def test_nothing_submitted_is_a_sentence(tmp_path):
    root = make_course(tmp_path)
    result = CliRunner().invoke(main, ["grade", ASSIGNMENT, "--course", str(root)])
    assert result.exit_code == 1
    assert "has no release yet" in result.output
    assert "No submission of hw_small" in result.output
