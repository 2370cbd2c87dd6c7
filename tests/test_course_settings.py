"""What is wrong in nbgrader_config.py is a sentence with file and line, and a misspelt limit is refused."""

import pytest
from small_course import make_course

from grader.course import Course
from grader.paths import CONFIG, CourseError


@pytest.fixture
def settings(tmp_path):
    """A function that adds a line to a course's settings; returns the course folder and the line's number."""
    folder = make_course(tmp_path)

    def add(line):
        path = folder / CONFIG
        path.write_text(path.read_text("utf-8") + line + "\n", encoding="utf-8")
        return folder, len(path.read_text("utf-8").splitlines())

    return add


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("c.Box.files = = 1", "SyntaxError: invalid syntax"),
        ("x = 1 / 0", "ZeroDivisionError: division by zero"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("Path(3)", "TypeError: "),
    ],
)
def test_an_error_in_the_settings_is_a_sentence_with_file_and_line(settings, line, error):
    folder, number = settings(line)
    with pytest.raises(CourseError) as caught:
        Course(folder)
    assert str(caught.value).startswith(f"{folder / CONFIG}, line {number}: {error}")


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("c.Box.wall_secnds = 5", r"c\.Box\.wall_secnds .*c\.Box has .*wall_seconds, "),
        ("c.Grading.devise = 'cuda'", r"c\.Grading\.devise .*c\.Grading has .*device, "),
    ],
)
def test_a_misspelt_setting_of_marking_is_refused_with_those_there_are(settings, line, match):
    folder, _ = settings(line)
    with pytest.raises(CourseError, match=match):
        Course(folder)


def test_a_misspelt_setting_is_refused_for_nbgraders_own_commands_too(settings):
    folder, _ = settings("")
    course = Course(folder)
    course.config.Box.wall_secnds = 5
    with pytest.raises(CourseError, match="wall_secnds"):
        Course.around(course.directory, course.config)


def test_settings_that_exist_are_taken(settings):
    folder, _ = settings("c.Box.wall_seconds = 5.0; c.Grading.boxed = False")
    assert Course(folder).config.Box.wall_seconds == 5.0
