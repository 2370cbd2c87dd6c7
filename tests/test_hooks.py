"""nbgrader with marks from outside: its command, its button and `record` write the same, whatever was handed in."""

import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.apps.api import NbGraderAPI
from small_course import ASSIGNMENT, make_course, submit
from traitlets.config import Config

from grader import hooks, jobs
from grader.course import Course
from grader.feedback.text import as_written
from grader.jobs import Batch
from grader.paths import CourseError
from grader.staging import Staging

TESTS = Path(__file__).parent
DOUBLE = "def double(x):\n    return 2 * x"
GREET = "def greet(name):\n    return 'Привет, ' + name"
WRONG = "# wrong answer\ndef double(x):\n    return x"
ON_TIME, LATE = "2030-01-01 10:00:00 UTC", "2030-01-01 14:00:00 UTC"

SETTINGS = """
from nbgrader.plugins import BasePlugin

class OneLess(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 1.0

c.AssignLatePenalties.plugin_class = OneLess
c.Grading.judge = "fake_judges.by_text"
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A course with submissions of every kind, not yet graded."""
    root = make_course(tmp_path_factory.mktemp("hooks"))
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text("utf-8") + SETTINGS, encoding="utf-8")
    course = Course(root)
    assert course.generate_release(ASSIGNMENT).success
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2030-01-01 12:00:00 UTC")
    hand_in_everything(course)
    return root


def hand_in_everything(course):
    folder = course.root / "submitted"

    def hand_in(student, **answers):
        path = submit(course.notebook("release", ASSIGNMENT), folder, student, **answers)
        path.with_name("timestamp.txt").write_text(ON_TIME)
        return path

    hand_in("right", double=DOUBLE, greet=GREET, why="Потому <script>alert(1)</script>.")
    hand_in("half", double=WRONG, greet=GREET)
    hand_in("empty")
    hand_in("late", double=DOUBLE, greet=GREET).with_name("timestamp.txt").write_text(LATE)
    hand_in("bad_json", double=DOUBLE).write_text('{"cells": [')
    hand_in("no_file", double=DOUBLE).unlink()
    path = hand_in("folder")
    path.unlink()
    path.mkdir()
    path = hand_in("link", double=DOUBLE)
    path.unlink()
    path.symlink_to("/etc/hostname")
    path = hand_in("two", double=DOUBLE)
    shutil.copyfile(path, path.with_name("another.ipynb"))
    path = hand_in("foreign", double=DOUBLE)
    path.with_name("passwd").symlink_to("/etc/passwd")
    path.with_name("endless").symlink_to("/dev/zero")
    path.with_name("torch.py").write_text("raise SystemExit")
    path.with_name("more").mkdir()
    (path.parent / "more" / "x.txt").write_text("x")
    os.mkfifo(path.with_name("pipe"))
    path.with_name("timestamp.txt").unlink()
    path.with_name("timestamp.txt").symlink_to("/dev/zero")
    hand_in("bad_time", double=DOUBLE).with_name("timestamp.txt").write_text("soon")
    for student, change in (("twice", copied), ("lying", lying)):
        path = hand_in(student, double=DOUBLE)
        notebook = nbformat.read(path, as_version=4)
        change(notebook)
        nbformat.write(notebook, path)


def copied(notebook):
    """Every cell of the notebook is there twice."""
    for cell in list(notebook.cells):
        notebook.cells.append(nbformat.from_dict({**cell, "id": f"again-{cell.id}"}))


def lying(notebook):
    """The notebook says that its tests have passed, and that they are worth a thousand points."""
    for cell in notebook.cells:
        if about := cell.metadata.get("nbgrader"):
            about.update(points=1000, grade=True)
            cell.metadata.tags = ["skip-execution"]
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "1000"})]


SCORES = {
    "right": 5.0,
    "half": 3.0,
    "empty": 0.0,
    "late": 5.0,
    "two": 2.0,
    "foreign": 2.0,
    "bad_time": 2.0,
    "twice": 2.0,
    "lying": 2.0,
    **dict.fromkeys(["bad_json", "no_file", "folder", "link"], 0.0),
}


@pytest.fixture
def course(original, tmp_path):
    return copy_of(original, tmp_path / "course")


def copy_of(original, root):
    root.mkdir()
    subprocess.run(["cp", "-a", f"{original}/.", str(root)], check=True)
    return Course(root)


def run_command(course, *arguments):
    """`nbgrader autograde` in the course folder."""
    path = os.pathsep.join([str(TESTS), str(TESTS.parent), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT, *arguments]
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, cwd=course.root, env=environment, capture_output=True, text=True, timeout=300)


def button(course):
    """The object behind the formgrader's button."""
    return NbGraderAPI(config=course.config)


def record(course, student):
    batch = Batch(course, ASSIGNMENT)
    submission = batch.read(student)
    mark = batch.mark_here(submission)
    hooks.record(batch, submission, mark)
    return mark


def in_gradebook(course):
    """Everything in the gradebook about the submissions: {student: (penalty, {cell: scores}, {cell: comments})}."""
    found = {}
    with course.gradebook() as gradebook:
        for one in gradebook.assignment_submissions(ASSIGNMENT):
            [notebook] = one.notebooks
            grades = {
                grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
                for grade in notebook.grades
            }
            comments = {comment.name: (comment.auto_comment, comment.manual_comment) for comment in notebook.comments}
            found[one.student.id] = (str(one.timestamp), notebook.late_submission_penalty, grades, comments)
    return found


def autograded(course, student):
    return nbformat.read(course.notebook("autograded", ASSIGNMENT, student), as_version=4)


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture(scope="module")
def recorded(original, tmp_path_factory):
    """The course after `record` of everybody."""
    course = copy_of(original, tmp_path_factory.mktemp("recorded") / "course")
    for student in course.submitted(ASSIGNMENT):
        record(course, student)
    return course


@pytest.fixture(scope="module")
def commanded(original, tmp_path_factory):
    """The course after `nbgrader autograde` of everybody, and how the command ended."""
    course = copy_of(original, tmp_path_factory.mktemp("commanded") / "course")
    return course, run_command(course)


def test_everybody_has_the_mark_that_they_deserve(recorded):
    found = in_gradebook(recorded)
    assert set(found) == set(SCORES)
    for student, score in SCORES.items():
        assert sum(found[student][2][test][0] for test in ("test_double", "test_greet")) == score, student
        assert not any(found[student][2][test][2] for test in ("test_double", "test_greet")), student


def test_free_text_waits_for_a_person_unless_it_was_left_as_released(recorded):
    found = in_gradebook(recorded)
    assert found["right"][2]["why"] == (None, None, True)
    assert found["empty"][2]["why"] == (0, None, False)
    assert found["empty"][3]["double"][0] == "No response."


def test_the_late_plugin_decides_about_late_submissions_only(recorded):
    penalties = {student: found[1] for student, found in in_gradebook(recorded).items() if found[1]}
    assert penalties == {"late": 1.0}


def test_the_command_marks_alike(recorded, commanded):
    course, ended = commanded
    assert ended.returncode == 0, ended.stderr
    assert in_gradebook(course) == in_gradebook(recorded)
    for student in SCORES:
        one, two = autograded(course, student), autograded(recorded, student)
        one.metadata.course_submission = two.metadata.course_submission  # the late plug-in's name differs by process
        assert one == two


def test_the_button_marks_alike(recorded, course):
    api = button(course)
    ended = {student: api.autograde(ASSIGNMENT, student) for student in SCORES if student != "no_file"}
    assert all(one["success"] for one in ended.values()), ended
    expected = in_gradebook(recorded)
    expected.pop("no_file")  # nbgrader shows no button where there is no notebook
    assert in_gradebook(course) == expected
    assert api.coursedir.submitted_directory == "submitted"


def test_only_notebook_and_timestamp_get_into_autograded(recorded, commanded):
    for course in (recorded, commanded[0]):
        for student in SCORES:
            there = files(course.folder("autograded", ASSIGNMENT, student))
            no_time = student in ("foreign", "bad_time")
            assert there == [f"{ASSIGNMENT}.ipynb"] + ([] if no_time else ["timestamp.txt"]), student
        text = "".join(path.read_text("utf-8") for path in (course.root / "autograded").rglob("*.*"))
        assert "root:" not in text and Path("/etc/hostname").read_text().strip() + '"' not in text


def test_what_was_handed_in_stays_as_it_is(original, recorded, commanded):
    for course in (recorded, commanded[0]):
        assert files(course.root / "submitted") == files(original / "submitted")


def test_the_notebook_is_the_instructors_with_the_answers(recorded):
    notebook = autograded(recorded, "right")
    nbformat.validate(notebook)
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}
    assert cells["double"].source == DOUBLE
    assert as_written(cells["why"].source) == "Потому <script>alert(1)</script>."
    assert "<script" not in cells["why"].source
    assert cells["test_double"].metadata.nbgrader.points == 2
    [output] = cells["test_double"].outputs
    assert (output.output_type, output.name, output.text) == ("stream", "stdout", "double: 2 из 2.\n")
    text = json.dumps(notebook, ensure_ascii=False)
    assert "HIDDEN" not in text and "double(21)" not in text
    assert "1000" not in json.dumps(autograded(recorded, "lying"))


def test_the_verdict_is_in_the_notebook(recorded):
    metadata = autograded(recorded, "half").metadata
    verdict = metadata[hooks.VERDICT]
    assert (verdict["student"], verdict["score"], verdict["tasks"][0]["diagnosis"]) == ("half", 3.0, "says-wrong")
    assert "Ответ неверен." in autograded(recorded, "half").cells[3].outputs[0].text
    invalid = autograded(recorded, "bad_json")
    assert invalid.metadata[hooks.VERDICT]["fault"] == "invalid-notebook"
    assert "не до конца" in invalid.cells[3].outputs[0].text
    assert "другие" in autograded(recorded, "two").metadata[hooks.SUBMISSION]["repairs"][0]


def test_feedback_is_written_for_everybody(recorded):
    for student in ("right", "half", "bad_json", "no_file"):
        outcome = recorded.generate_feedback(ASSIGNMENT, student)
        assert outcome.success, outcome.log
        page = (recorded.folder("feedback", ASSIGNMENT, student) / f"{ASSIGNMENT}.html").read_text("utf-8")
        assert "double(21)" not in page and "<script" not in page


def test_what_was_recorded_is_known_and_nothing_changes_the_second_time(course):
    mark = record(course, "late")
    batch = Batch(course, ASSIGNMENT)
    before = in_gradebook(course), autograded(course, "late")
    assert hooks.recorded(batch, batch.read("late")) == mark
    assert hooks.recorded(batch, batch.read("right")) is None
    record(course, "late")
    assert (in_gradebook(course), autograded(course, "late")) == before
    assert hooks.recorded(batch, batch.read("late")) == mark
    assert not list((course.root / ".grader" / "staging").iterdir())


def test_what_really_stopped_nbgrader_is_told(course):
    """The exporter is never made where it cannot stage anything, and that must not be the news."""
    staging = course.root / ".grader" / "staging"
    batch = Batch(course, ASSIGNMENT)
    submission = batch.read("right")
    mark = batch.mark_here(submission)
    shutil.rmtree(staging, ignore_errors=True)
    staging.parent.mkdir(exist_ok=True)
    staging.write_text("a file")
    with pytest.raises(FileExistsError, match="staging"):
        hooks.record(batch, submission, mark)
    staging.unlink()
    hooks.record(batch, submission, mark)
    assert list(staging.iterdir()) == []


def test_nothing_stays_staged_if_the_exporter_is_not_finished(course, monkeypatch):
    batch = Batch(course, ASSIGNMENT)
    submission = batch.read("right")
    mark = batch.mark_here(submission)

    def full_disk(staging, _):
        kept.append(staging)
        raise OSError("No space left on device")

    kept = []
    monkeypatch.setattr(Staging, "add", full_disk)
    with pytest.raises(OSError, match="No space left"):
        hooks.record(batch, submission, mark)
    assert len(kept) == 1 and list((course.root / ".grader" / "staging").iterdir()) == []


@pytest.mark.parametrize("change", ["answer", "timestamp", "gradebook", "notebook", "due", "version"])
def test_what_has_changed_since_is_recorded_anew(course, change):
    record(course, "late")
    folder = course.folder("submitted", ASSIGNMENT, "late")
    if change == "answer":
        path = folder / f"{ASSIGNMENT}.ipynb"
        path.write_text(path.read_text("utf-8").replace("2 * x", "3 * x"), encoding="utf-8")
    if change == "timestamp":
        (folder / "timestamp.txt").write_text(ON_TIME)
    if change == "notebook":
        path = course.notebook("autograded", ASSIGNMENT, "late")
        path.chmod(0o644)
        path.write_text(path.read_text("utf-8")[:2000], encoding="utf-8")
    with course.gradebook() as gradebook:
        if change == "gradebook":
            gradebook.find_grade("test_double", ASSIGNMENT, ASSIGNMENT, "late").auto_score = 0
            gradebook.db.commit()
        if change == "due":
            gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2031-01-01 12:00:00 UTC")
    batch = Batch(course, ASSIGNMENT)
    if change == "version":
        batch.version = "another"
    submission = batch.read("late")
    assert hooks.recorded(batch, submission) is None
    mark = batch.mark_here(submission)
    hooks.record(batch, submission, mark)
    assert hooks.recorded(batch, submission) == mark
    penalty = in_gradebook(course)["late"][1]
    assert penalty == (None if change in ("timestamp", "due") else 1.0)


def test_manual_marks_and_comments_stay(course):
    record(course, "half")
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade("test_double", ASSIGNMENT, ASSIGNMENT, "half")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 1.5, 0.5, False
        gradebook.find_comment("double", ASSIGNMENT, ASSIGNMENT, "half").manual_comment = "Почти!"
        gradebook.db.commit()
    record(course, "half")
    button(course).autograde(ASSIGNMENT, "half")
    found = in_gradebook(course)["half"]
    assert found[2]["test_double"] == (0.0, 1.5, True)  # nbgrader asks to look again at what was marked by hand
    assert found[3]["double"][1] == "Почти!"
    with course.gradebook() as gradebook:
        assert gradebook.find_submission(ASSIGNMENT, "half").score == 5.0


def test_without_a_verdict_there_is_no_score_and_a_person_is_asked(course):
    record(course, "right")
    batch = Batch(course, ASSIGNMENT)
    submission = batch.read("right")
    hooks.record(batch, submission, batch.no_verdict(submission, "no box"))
    assert in_gradebook(course)["right"][2]["test_double"] == (None, None, True)
    assert hooks.recorded(batch, submission) is None
    assert "по нашей вине" in autograded(course, "right").cells[0].outputs[0].text
    assert "no box" not in json.dumps(autograded(course, "right"))
    record(course, "right")
    assert in_gradebook(course)["right"][2]["test_double"] == (2.0, None, False)


def test_a_judge_that_fails_is_told_and_stops_nobody(course):
    course.config.Grading.judge = "fake_judges.forgetful"
    ended = button(course).autograde(ASSIGNMENT, "right")
    assert ended["success"] and "No verdict on right" in ended["log"]
    assert in_gradebook(course)["right"][2]["test_double"] == (None, None, True)


def test_names_that_nbgrader_takes_for_patterns(course):
    release = course.notebook("release", ASSIGNMENT)
    for student in ("odd[1]", "a*", "имя с пробелом"):
        submit(release, course.root / "submitted", student, double=DOUBLE)
        assert record(course, student).score == 2.0
        assert in_gradebook(course)[student][2]["test_double"][0] == 2.0
        assert course.generate_feedback(ASSIGNMENT, student).success


def test_the_command_refuses_the_names_that_course_grade_refuses(course):
    folder = course.root / "submitted"
    for student in ("odd[1]", "a*", "x" * 250):
        shutil.copytree(folder / "right" / ASSIGNMENT, folder / student / ASSIGNMENT)
    ended = button(course).autograde(ASSIGNMENT, "*")
    assert ended["success"], ended["log"]
    assert set(in_gradebook(course)) == set(SCORES)
    assert "The folder name 'odd[1]' means something else to nbgrader" in ended["log"]
    assert "is longer than 150 bytes: rename it" in ended["log"]


@pytest.mark.parametrize("change", ["points", "by hand", "gradebook"])
def test_points_that_were_not_built_are_a_sentence_before_anybody_is_graded(course, change):
    source = course.notebook("source", ASSIGNMENT)
    notebook = nbformat.read(source, as_version=4)
    if change == "gradebook":
        with course.gradebook() as gradebook:
            gradebook.find_notebook(ASSIGNMENT, ASSIGNMENT).grade_cells[0].max_score = 7
            gradebook.db.commit()
    else:
        grade_id = "test_double" if change == "points" else "why"
        [cell] = [one for one in notebook.cells if one.metadata.get("nbgrader", {}).get("grade_id") == grade_id]
        cell.metadata.nbgrader.points = 7
        nbformat.write(notebook, source)
    with pytest.raises(CourseError, match=f"different tests or points: run `course build {ASSIGNMENT}`"):
        hooks.check_points(Batch(course, ASSIGNMENT))
    ended = button(course).autograde(ASSIGNMENT, "right")
    assert not ended["success"] and "course build" in ended["log"]
    assert course.generate_release(ASSIGNMENT).success
    hooks.check_points(Batch(course, ASSIGNMENT))


def test_other_points_in_the_gradebook_make_a_mark_be_recorded_anew(course):
    record(course, "right")
    batch = Batch(course, ASSIGNMENT)
    assert hooks.recorded(batch, batch.read("right")) is not None
    with course.gradebook() as gradebook:
        gradebook.find_grade_cell("why", ASSIGNMENT, ASSIGNMENT).max_score = 7
        gradebook.db.commit()
    assert hooks.recorded(batch, batch.read("right")) is None


@pytest.mark.parametrize("plugin", ["nolate.Ten", "builtins.int", "grader.nothing"])
def test_a_late_plugin_that_does_not_import_is_a_sentence(course, plugin):
    course.config.AssignLatePenalties.plugin_class = plugin
    with pytest.raises(CourseError, match=f"plugin_class = '{plugin}' .*Error: "):
        hooks.check_course(course)


@pytest.mark.parametrize("moment", ["staged", "grades", "notebook"])
def test_killed_in_the_middle_and_run_again_it_ends_right(course, recorded, moment, monkeypatch):
    monkeypatch.setattr(jobs, "code_digest", lambda: "code")
    code = f"""
import os, sys
from pathlib import Path
sys.path.insert(0, {str(TESTS)!r})
from grader import hooks, jobs
from grader.course import Course
from grader.jobs import Batch
from nbgrader.converters import Autograde
jobs.code_digest = lambda: "code"
die = lambda *args, **kwargs: os._exit(9)
if {moment!r} == "staged":
    Autograde.init_assignment = die
elif {moment!r} == "grades":
    hooks.key_of = die
else:
    Autograde.set_permissions = die
batch = Batch(Course(Path({str(course.root)!r})), {ASSIGNMENT!r})
submission = batch.read("late")
hooks.record(batch, submission, batch.mark_here(submission))
"""
    environment = {**os.environ, "PYTHONPATH": str(TESTS.parent)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, timeout=120).returncode == 9
    batch = Batch(course, ASSIGNMENT)
    submission = batch.read("late")
    mark = batch.known(submission)
    assert mark.score == 5.0  # graded before the kill, not again
    if moment != "notebook":
        assert hooks.recorded(batch, submission) is None
    hooks.record(batch, submission, mark)
    assert hooks.recorded(batch, submission) == mark
    assert in_gradebook(course)["late"] == in_gradebook(recorded)["late"]


def test_settings_that_would_run_submissions_are_refused(course):
    from nbgrader.preprocessors import Execute

    batch = Batch(course, ASSIGNMENT)
    submission = batch.read("right")
    mark = batch.mark_here(submission)
    course.config.Autograde.autograde_preprocessors.append(Execute)
    with pytest.raises(CourseError, match="not the kit's"):
        hooks.record(batch, submission, mark)
    with pytest.raises(CourseError, match="not the kit's"):
        hooks.check_course(course)
    course.config.Autograde = Config()
    with pytest.raises(CourseError, match="not the kit's"):
        hooks.record(batch, submission, mark)


def test_an_assignment_that_is_not_built_is_a_sentence(course):
    shutil.rmtree(course.root / "release")
    ended = run_command(course)
    assert ended.returncode == 1
    assert f"course build {ASSIGNMENT}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_force_nothing_is_marked_twice(commanded):
    course, _ = commanded
    before = in_gradebook(course)
    ended = run_command(course)
    assert ended.returncode == 0 and "Skipping existing assignment" in ended.stderr
    assert in_gradebook(course) == before


def test_hooks_load_no_heavy_libraries():
    code = "import sys, grader.hooks; print({'torch', 'transformers', 'matplotlib'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"


def test_the_log_stays_off_the_terminal(course, capfd):
    record(course, "bad_json")
    assert capfd.readouterr() == ("", "")
    assert not any(isinstance(handler, hooks.Lines) for handler in logging.getLogger("traitlets").handlers)
