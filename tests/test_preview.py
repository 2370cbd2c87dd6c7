"""`course grade --preview`: what would change is told, for every folder whatever its name, and nothing is written."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from ready_course import HALF, RIGHT, copy, hand_in, ready, use_judge
from small_course import ASSIGNMENT

from grader.cli import EXIT_NO_VERDICT, main
from grader.grading import grade
from grader.paths import CourseError
from grader.preview import preview


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    course = ready(tmp_path_factory.mktemp("template"))
    hand_in(course, "anna", **RIGHT)
    hand_in(course, "boris", **HALF)
    return course


@pytest.fixture
def course(template, tmp_path):
    return copy(template, tmp_path)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_another_grader_would_change_and_not_a_file_is_written(course):
    grade(course, ASSIGNMENT)
    assert preview(course, ASSIGNMENT).changes == []
    course = use_judge(course.root, "generous")
    before = files(course.root)
    found = preview(course, ASSIGNMENT)
    assert files(course.root) == before
    assert [mark.student for mark in found.marks] == ["anna", "boris"]
    [change] = found.changes
    assert (change.student, change.difference, change.is_first) == ("boris", 2.0, False)
    assert [(task.grade_id, task.old, task.new, task.reason) for task in change.tasks] == [
        ("double", 0.0, 2.0, "says-wrong → all right")
    ]


def test_a_student_who_has_no_mark_yet_is_called_new(course):
    grade(course, ASSIGNMENT, ["boris"])
    course = use_judge(course.root, "generous")
    output = CliRunner().invoke(main, ["grade", ASSIGNMENT, "--preview", "--course", str(course.root)]).output
    assert "2 marks would change" in output
    assert "anna, new " in output and "boris " in output


def test_the_one_file_that_is_written_is_named(course, tmp_path):
    command = ["grade", ASSIGNMENT, "--preview", "--course", str(course.root)]
    assert "Nothing was written.\n" in CliRunner().invoke(main, command).output
    marks = tmp_path / "marks.json"
    result = CliRunner().invoke(main, [*command, "--json", str(marks)])
    assert f"Nothing was written but {marks}.\n" in result.output and marks.is_file()


def test_a_mistake_of_the_courses_is_told_before_anything_is_graded(course):
    course.config.AssignLatePenalties.plugin_class = "nolate.Ten"
    with pytest.raises(CourseError, match="plugin_class"):
        preview(course, ASSIGNMENT)


@pytest.mark.parametrize("name", ["an\nna", "no utf8 \udcff", "odd[1]", "x" * 250, "\x1b[2J"])
def test_a_folder_name_that_cannot_be_shown_stops_nobody(course, name):
    shutil.copytree(course.folder("submitted", ASSIGNMENT, "anna"), course.root / "submitted" / name / ASSIGNMENT)
    before = files(course.root)
    found = preview(course, ASSIGNMENT)
    assert len(found.marks) == 3
    [odd] = [mark for mark in found.marks if not mark.has_verdict]
    assert odd.student.isprintable() and "rename it" in odd.log
    assert {change.student: change.difference for change in found.changes if change.difference} == {
        "anna": 5.0,
        "boris": 3.0,
    }
    result = CliRunner().invoke(main, ["grade", ASSIGNMENT, "--preview", "--course", str(course.root)])
    assert result.exit_code == EXIT_NO_VERDICT, result.output
    assert "rename it" in result.output
    assert files(course.root) == before
