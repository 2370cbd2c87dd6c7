"""The `course` command: quick to answer, and mistakes are sentences."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from ready_course import use_judge
from small_course import ASSIGNMENT, make_course, submit

from grader.cli import DEMO_TEXTS, main
from grader.paths import CourseError

COMMANDS = ["build", "demo", "grade", "notebooks", "rebuild", "seminar", "solutions", "submit", "train"]


def course(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_help_lists_every_command():
    result = course("--help")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.split("Commands:")[1].strip().splitlines()] == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    result = course(command, "--help")
    assert result.exit_code == 0
    assert len(result.output.split("Options:")[0].split("\n\n")[1].split()) >= 5


def test_help_needs_no_heavy_import():
    heavy = {"torch", "transformers", "nbgrader", "papermill", "nbconvert", "matplotlib", "rich"}
    script = f"import sys, grader.cli; print(sorted({heavy!r} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_help_takes_less_than_half_a_second_of_work():
    """Processor time, so that a busy machine does not matter."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "grader.cli", "--help"], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime) < 0.5


def test_the_command_is_installed_under_its_name():
    program = Path(sys.executable).with_name("course")
    result = subprocess.run([program, "--help"], capture_output=True, text=True, check=True)
    assert "Usage: course" in result.stdout


def test_a_wrong_course_folder_is_a_sentence(tmp_path):
    result = course("build", "--course", str(tmp_path))
    assert result.exit_code == 1
    assert f"{tmp_path} is not a course folder" in result.output
    assert "Traceback" not in result.output


def test_a_folder_name_that_nbgrader_takes_for_a_pattern_is_a_sentence(tmp_path):
    result = course("build", ASSIGNMENT, "--course", str(make_course(tmp_path / "year[1]")))
    assert result.exit_code == 1
    assert "which nbgrader cannot read" in result.output


def test_an_assignment_that_is_not_there_is_not_said_to_be_built(tmp_path):
    result = course("grade", "nope", "--course", str(make_course(tmp_path)))
    assert result.exit_code == 1
    assert "There is no assignment 'nope'" in result.output and "built" not in result.output


def test_outside_of_the_kit_is_a_sentence(tmp_path, monkeypatch):
    from grader import paths

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "site-packages" / "grader" / "paths.py"))
    result = course("notebooks", "--check")
    assert result.exit_code == 1
    assert "is not inside the kit" in result.output


@pytest.mark.slow
def test_build_and_grade_end_with_zero_and_say_where_things_are(tmp_path):
    root = make_course(tmp_path)
    built = course("build", ASSIGNMENT, "--course", str(root))
    assert built.exit_code == 0, built.output
    release = root / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    assert f"Release: {release}" in built.output
    use_judge(root, "by_text")
    submit(release, root / "submitted", "anna", double="def double(x):\n    return x * 2")
    graded = course("grade", ASSIGNMENT, "--course", str(root))
    assert graded.exit_code == 0, graded.output
    assert "anna" in graded.output
    source = root / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    later = time.time() + 60
    source.touch()
    import os

    os.utime(source, (later, later))
    again = course("grade", ASSIGNMENT, "--course", str(root))
    assert "is newer than its release" in again.output


def test_the_demo_says_how_many_texts_its_seminar_tells(monkeypatch):
    def stop(*_):
        raise CourseError("far enough")

    asked = []
    monkeypatch.setattr("grader.seminar.run", lambda out, parameters: asked.append(parameters))
    monkeypatch.setattr("grader.demo.run", stop)
    result = course("demo")
    assert asked == [{"N_TEXTS": DEMO_TEXTS}]
    assert f"{DEMO_TEXTS} texts a setting" in result.output
