"""`course build`: a release is made only of a homework that is solvable, unsolved and free of answers."""

import nbformat
import pytest
from click.testing import CliRunner
from small_course import ASSIGNMENT, SOURCE, make_course

from grader import notebooks
from grader.cli import main
from grader.course import Course
from grader.paths import CourseError
from grader.release import build, check_script, leaked_lines, read, stub_lines


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return Course(make_course(tmp_path_factory.mktemp("release")))


@pytest.fixture(scope="module")
def release(course):
    return build(course, ASSIGNMENT)


def test_release_holds_stubs_and_no_answers(release):
    text = release.read_text(encoding="utf-8")
    assert "raise NotImplementedError" in text
    assert "Ваш ответ здесь" in text
    for secret in ("twice = x + x", "double(21)", "Потому что так короче", "SOLUTION", "HIDDEN"):
        assert secret not in text


def test_release_keeps_the_visible_test(release):
    assert "assert double(1) == 2" in release.read_text(encoding="utf-8")


def test_steps_are_told_in_order(course):
    steps = []
    build(course, ASSIGNMENT, steps.append)
    assert [step.split()[0] for step in steps] == ["the", "source", "the", "no"]


def test_unknown_assignment_is_named_with_those_that_are_there(course):
    with pytest.raises(CourseError, match=rf"'hw_other'.*{ASSIGNMENT}"):
        build(course, "hw_other")


def test_a_script_that_was_edited_stops_the_build_until_the_notebook_is_written_anew(tmp_path):
    course = Course(make_course(tmp_path))
    script = course.notebook("source", ASSIGNMENT).with_suffix(".py")
    script.write_text(SOURCE, encoding="utf-8")
    notebooks.sync([script])
    check_script(course, script.with_suffix(".ipynb"))
    script.write_text(SOURCE.replace("of two", "of 2"), encoding="utf-8")
    with pytest.raises(CourseError, match=rf"{ASSIGNMENT}\.ipynb is not what {ASSIGNMENT}\.py .*`course notebooks"):
        build(course, ASSIGNMENT)
    assert not course.is_released(ASSIGNMENT)
    done = CliRunner().invoke(main, ["notebooks", "--course", str(course.root)])
    assert done.output == f"source/{ASSIGNMENT}/{ASSIGNMENT}.ipynb written\n"
    check_script(course, script.with_suffix(".ipynb"))


def test_wrong_model_answer_stops_the_build(tmp_path):
    course = Course(make_course(tmp_path, SOURCE.replace("twice = x + x", "twice = x * x")))
    with pytest.raises(CourseError, match="fails on the model answers.*Удвоить"):
        build(course, ASSIGNMENT)
    assert not course.is_released(ASSIGNMENT)


def test_test_that_passes_with_no_answer_stops_the_build(tmp_path):
    course = Course(make_course(tmp_path, SOURCE.replace('assert greet("мир") ==', 'assert "Привет, мир" ==')))
    with pytest.raises(CourseError, match="passes with no answer"):
        build(course, ASSIGNMENT)


def test_a_line_of_an_answer_in_a_released_cell_is_found(course, release):
    source, released = read(course.notebook("source", ASSIGNMENT)), read(release)
    assert leaked_lines(source, released, stub_lines(course)) == []
    released.cells[0].source += "\n\n    twice = x + x"
    assert leaked_lines(source, released) == ["twice = x + x"]


def test_a_line_of_a_hidden_test_and_a_marker_are_found(course, release):
    source, released = read(course.notebook("source", ASSIGNMENT)), read(release)
    released.cells[2].source += '\n### BEGIN HIDDEN TESTS\nassert double(21) == 42, "Удваивать нужно любое число."'
    leaked = leaked_lines(source, released)
    assert any("double(21)" in line for line in leaked)
    assert any("BEGIN HIDDEN TESTS" in line for line in leaked)


def test_a_written_answer_without_markers_is_found(course, release):
    source, released = read(course.notebook("source", ASSIGNMENT)), read(release)
    released.cells.append(nbformat.v4.new_markdown_cell("Потому что так короче."))
    assert leaked_lines(source, released) == ["Потому что так короче."]


def test_a_line_that_also_stands_outside_of_answers_is_no_leak(course, release):
    source, released = read(course.notebook("source", ASSIGNMENT)), read(release)
    source.cells[0].source += "\ntwice = x + x"
    released.cells[0].source += "\ntwice = x + x"
    assert leaked_lines(source, released, stub_lines(course)) == []
