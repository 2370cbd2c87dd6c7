"""The coordinator: what is graded, what is not graded again, what is written, and who may grade."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from ready_course import HALF, RIGHT, copy, hand_in, ready, scores, use_judge
from small_course import ASSIGNMENT

from grader import grading, hooks
from grader.box.session import START_SECONDS
from grader.cli import EXIT_NO_VERDICT, main
from grader.grading import How, grade, longest, page_path
from grader.jobs import STATE, Batch
from grader.lock import only_one
from grader.paths import CourseError


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    course = ready(tmp_path_factory.mktemp("template"))
    hand_in(course, "anna", **RIGHT)
    hand_in(course, "boris", **HALF)
    hand_in(course, "copycat", **HALF)
    hand_in(course, "empty")
    hand_in(course, "broken").write_text("{", encoding="utf-8")
    hand_in(course, "nothing").unlink()
    return course


@pytest.fixture
def course(template, tmp_path):
    return copy(template, tmp_path)


@pytest.fixture
def jobs(monkeypatch):
    """How many jobs each run sends to its pool."""
    sent, run = [], grading.run

    def counted(batch, works, how):
        sent.append(len(works))
        return run(batch, works, how)

    monkeypatch.setattr(grading, "run", counted)
    return sent


EXPECTED = {
    "anna": {"test_double": 2, "test_greet": 3},
    "boris": {"test_double": 0, "test_greet": 3},
    "copycat": {"test_double": 0, "test_greet": 3},
    "empty": {"test_double": 0, "test_greet": 0},
    "broken": {"test_double": 0, "test_greet": 0},
    "nothing": {"test_double": 0, "test_greet": 0},
}


def test_everyone_gets_the_right_mark_in_gradebook_and_feedback(course, jobs):
    marks = grade(course, ASSIGNMENT)
    assert [mark.student for mark in marks] == sorted(EXPECTED)
    assert {mark.student: mark.score for mark in marks} == {name: sum(EXPECTED[name].values()) for name in EXPECTED}
    assert {mark.student: mark.fault for mark in marks if mark.fault} == dict.fromkeys(
        ["broken", "nothing"], "invalid-notebook"
    )
    assert scores(course) == EXPECTED
    assert jobs == [3]  # equal answers are graded once, and what is no notebook not at all
    batch = Batch(course, ASSIGNMENT)
    assert all(page_path(batch, student).is_file() for student in EXPECTED)


def test_what_is_graded_is_not_graded_nor_written_again(course, jobs, monkeypatch):
    first = grade(course, ASSIGNMENT)
    books = []
    monkeypatch.setattr(hooks, "record", lambda *arguments: books.append(arguments))
    monkeypatch.setattr(course, "generate_feedback", lambda *arguments: pytest.fail("a page was written again"))
    assert grade(course, ASSIGNMENT) == first
    assert jobs == [3] and books == []
    hand_in(course, "anna", **HALF, why="Потому что.")
    monkeypatch.undo()
    second = {mark.student: mark.score for mark in grade(course, ASSIGNMENT)}
    assert second["anna"] == 3 and scores(course)["anna"] == EXPECTED["boris"]


def test_again_grades_what_was_graded(course, jobs):
    first = grade(course, ASSIGNMENT)
    assert grade(course, ASSIGNMENT, how=How(again=True)) == first
    assert jobs == [3, 3]


def test_another_grader_grades_all(course):
    grade(course, ASSIGNMENT)
    course = use_judge(course.root, "generous")
    assert {mark.score for mark in grade(course, ASSIGNMENT) if mark.fault is None} == {5.0}
    assert scores(course)["boris"] == EXPECTED["anna"]


def test_manual_marks_and_comments_stay(course):
    grade(course, ASSIGNMENT)
    with course.gradebook() as gradebook:
        grade_of_test = gradebook.find_grade("test_double", ASSIGNMENT, ASSIGNMENT, "boris")
        grade_of_test.manual_score, grade_of_test.extra_credit = 1.5, 0.5
        gradebook.find_comment("double", ASSIGNMENT, ASSIGNMENT, "boris").manual_comment = "Почти!"
        gradebook.db.commit()
    grade(use_judge(course.root, "generous"), ASSIGNMENT)
    with course.gradebook() as gradebook:
        grade_of_test = gradebook.find_grade("test_double", ASSIGNMENT, ASSIGNMENT, "boris")
        assert (grade_of_test.manual_score, grade_of_test.extra_credit, grade_of_test.auto_score) == (1.5, 0.5, 2)
        assert gradebook.find_comment("double", ASSIGNMENT, ASSIGNMENT, "boris").comment == "Почти!"


def test_no_verdict_is_no_mark_and_the_others_get_theirs(course):
    grade(course, ASSIGNMENT)
    course = use_judge(course.root, "forgetful")
    marks = {mark.student: mark for mark in grade(course, ASSIGNMENT)}
    assert marks["anna"].fault == "infrastructure" and marks["anna"].score is None
    assert {task.score for task in marks["anna"].tasks} == {None}
    assert marks["broken"].score == 0
    log = grading.log_path(course, ASSIGNMENT, "anna")
    assert log.read_text("utf-8").count("try ") == 4
    assert scores(course)["anna"] == {"test_double": None, "test_greet": None}
    with course.gradebook() as gradebook:
        assert gradebook.find_grade("test_double", ASSIGNMENT, ASSIGNMENT, "anna").needs_manual_grade
    assert not page_path(Batch(course, ASSIGNMENT), "anna").exists()
    course = use_judge(course.root, "by_text")
    assert {mark.student: mark.score for mark in grade(course, ASSIGNMENT)}["anna"] == 5
    assert scores(course) == EXPECTED and not log.exists()


def test_a_mark_that_cannot_be_recorded_is_put_before_a_person(course, monkeypatch):
    record = hooks.record

    def stumbles(batch, submission, mark):
        if submission.student == "boris":
            raise CourseError("the gradebook is locked")
        record(batch, submission, mark)

    monkeypatch.setattr(hooks, "record", stumbles)
    marks = {mark.student: mark for mark in grade(course, ASSIGNMENT)}
    assert marks["boris"].fault == "infrastructure" and marks["anna"].score == 5
    assert "the gradebook is locked" in grading.log_path(course, ASSIGNMENT, "boris").read_text("utf-8")
    monkeypatch.undo()
    assert {mark.student: mark.score for mark in grade(course, ASSIGNMENT)}["boris"] == 3


def test_an_odd_folder_name_stops_nobody(course):
    hand_in(course, "odd[1]", **RIGHT)
    marks = {mark.student: mark for mark in grade(course, ASSIGNMENT)}
    assert marks["anna"].score == 5
    assert marks["odd[1]"].score in (5, None)


@pytest.mark.parametrize("name", ["two\nlines", "no utf8 \udcff", "x" * 250, "я" * 120, "\x1b[2J"])
def test_a_folder_name_that_no_file_can_be_named_after_stops_nobody(course, tmp_path, name):
    shutil.copytree(course.folder("submitted", ASSIGNMENT, "anna"), tmp_path / "in" / name / ASSIGNMENT)
    shutil.copytree(course.folder("submitted", ASSIGNMENT, "boris"), tmp_path / "in" / "boris" / ASSIGNMENT)
    found = grade(course, ASSIGNMENT, submissions=tmp_path / "in")
    assert sorted((mark.score, mark.fault) for mark in found if mark.has_verdict) == [(3, None)]
    [odd] = [mark for mark in found if not mark.has_verdict]
    assert odd.fault == "infrastructure" and "rename it" in odd.log and odd.student.isprintable()
    assert "rename it" in grading.log_path(course, ASSIGNMENT, odd.student).read_text(encoding="utf-8")


def test_a_feedback_page_that_was_half_written_is_written_again(course):
    grade(course, ASSIGNMENT, ["anna"])
    page = page_path(Batch(course, ASSIGNMENT), "anna")
    whole = page.read_bytes()
    page.write_bytes(whole[: len(whole) // 2])
    grade(course, ASSIGNMENT, ["anna"])
    assert page.read_bytes().rstrip().endswith(b"</html>")


def test_other_points_count_when_they_are_built_and_pages_are_written_anew(course):
    grade(course, ASSIGNMENT, ["anna"])
    page = page_path(Batch(course, ASSIGNMENT), "anna")
    before = page.read_text("utf-8")
    source = course.notebook("source", ASSIGNMENT)
    source.write_text(source.read_text("utf-8").replace('"points": 2', '"points": 7'), encoding="utf-8")
    with pytest.raises(CourseError, match="course build"):
        grade(course, ASSIGNMENT, ["anna"])
    assert scores(course) == {"anna": EXPECTED["anna"]} and page.read_text("utf-8") == before
    assert course.generate_release(ASSIGNMENT).success
    assert [mark.score for mark in grade(course, ASSIGNMENT, ["anna"])] == [10.0]
    assert scores(course) == {"anna": {"test_double": 7, "test_greet": 3}}
    words = " ".join(re.sub("<[^>]*>", " ", page.read_text("utf-8")).split())
    assert "10 из 13 баллов" in words and "double 7 / 7" in words


def test_a_mistake_of_the_courses_is_one_sentence_and_nobody_is_graded(course, jobs):
    course.config.AssignLatePenalties.plugin_class = "nolate.Ten"
    with pytest.raises(CourseError, match="plugin_class"):
        grade(course, ASSIGNMENT)
    assert jobs == [] and not (course.root / "logs").exists()


class TestOnlyOne:
    def test_the_second_is_told_who_is_at_work(self, course):
        with (
            only_one(course.root / STATE / "lock", "grading hw_small"),
            pytest.raises(CourseError, match=rf"process {os.getpid()} on .*, grading hw_small since .* is at work in"),
        ):
            grade(course, ASSIGNMENT)
        assert len(grade(course, ASSIGNMENT)) == 6

    def test_a_stale_lock_is_no_trouble(self, course):
        lock = course.root / STATE / "lock"
        holder = (
            "import os, sys, time; from pathlib import Path; from grader.lock import only_one\n"
            "with only_one(Path(sys.argv[1]), 'grading'):\n    print('held', flush=True); time.sleep(60)"
        )
        program = subprocess.Popen([sys.executable, "-c", holder, str(lock)], stdout=subprocess.PIPE, text=True)
        assert program.stdout.readline() == "held\n"
        with pytest.raises(CourseError, match=f"process {program.pid} "), only_one(lock, "grading"):
            pass
        program.kill()
        program.wait()
        assert str(program.pid) in lock.read_text()
        with only_one(lock, "grading"):
            assert str(os.getpid()) in lock.read_text()

    def test_the_command_says_so_in_a_sentence_and_writes_nothing(self, course):
        command = [sys.executable, "-m", "grader.cli", "grade", ASSIGNMENT, "--course", str(course.root)]
        with only_one(course.root / STATE / "lock", "grading hw_small"):
            result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 1 and "is at work in" in result.stderr and "Traceback" not in result.stderr
        assert not (course.root / STATE / "results").exists() and not (course.root / "autograded").exists()


class TestCommand:
    def run(self, *arguments):
        return CliRunner().invoke(main, ["grade", ASSIGNMENT, *map(str, arguments)])

    def test_submissions_are_copied_and_marks_written_as_json(self, course, tmp_path):
        folder = tmp_path / "handed-in"
        (course.root / "submitted").rename(folder)
        (folder / "link").mkdir()
        (folder / "link" / ASSIGNMENT).symlink_to(folder / "anna" / ASSIGNMENT)
        result = self.run("--submissions", folder, "--json", tmp_path / "marks.json", "--course", course.root)
        assert result.exit_code == 0, result.output
        marks = {one["student"]: one for one in json.loads((tmp_path / "marks.json").read_text("utf-8"))["results"]}
        assert {name: one["score"] for name, one in marks.items()} == {
            **{name: sum(EXPECTED[name].values()) for name in EXPECTED},
            "link": 0,
        }
        assert list(marks["boris"])[:5] == ["student", "score", "max_score", "fault", "tasks"]
        assert marks["boris"]["tasks"][0]["diagnosis"] == "says-wrong"
        assert "boris · double [says-wrong]: Ответ неверен." in result.output
        assert "no readable notebook" in result.output
        assert "Automatic points only; why: 3 of 8 points are given by hand. Final marks: `nbgrader" in result.output
        assert result.output.count("broken · ") == 1 and "broken · every task: Файл" in result.output
        assert not list((course.root / STATE).glob("incoming-*"))

    def test_what_does_not_fit_and_what_is_replaced_is_told(self, course, tmp_path):
        folder = tmp_path / "in"
        (folder / "boris").mkdir(parents=True)
        shutil.copy(course.notebook("submitted", ASSIGNMENT, "anna"), folder / "boris")
        (folder / "loose.ipynb").touch()
        (folder / "hw.7z").touch()
        result = self.run("--submissions", folder, "--course", course.root)
        assert result.exit_code == EXIT_NO_VERDICT, result.output
        assert "replaced: boris, the old one is in replaced/boris/" in result.output
        assert f"Not taken from {folder}:\n  hw.7z: neither" in result.output and "  loose.ipynb: " in result.output
        assert scores(course) == {"boris": EXPECTED["anna"]}
        again = self.run("--submissions", folder, "--course", course.root)
        assert "replaced" not in again.output and again.exit_code == EXIT_NO_VERDICT

    def test_a_damaged_zip_is_put_before_a_person_and_the_earlier_mark_stays(self, course, tmp_path):
        grade(course, ASSIGNMENT, ["anna"])
        page = page_path(Batch(course, ASSIGNMENT), "anna")
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / f"{ASSIGNMENT}-anna.zip").write_bytes(b"rubbish")
        result = self.run("--submissions", tmp_path / "in", "--course", course.root)
        assert result.exit_code == EXIT_NO_VERDICT, result.output
        assert f"anna: {ASSIGNMENT}-anna.zip is damaged" in result.output and "replaced:" not in result.output
        assert "ask for another file" in grading.log_path(course, ASSIGNMENT, "anna").read_text("utf-8")
        assert scores(course) == {"anna": EXPECTED["anna"]} and page.is_file()
        assert not (course.root / "replaced").exists()

    def test_exit_code_and_list_of_those_who_need_a_person(self, course):
        result = self.run("--course", use_judge(course.root, "forgetful").root)
        assert result.exit_code == EXIT_NO_VERDICT
        assert "4 of 6 got no verdict; a person has to look:" in result.output
        assert f"{ASSIGNMENT}-anna.log" in result.output and "needs a person" in result.output
        assert "  anna: try 1: " in result.output

    def test_a_place_for_the_marks_that_cannot_be_written_is_told_before_the_grading(self, course, jobs):
        result = self.run("--json", course.root / "nbgrader_config.py" / "marks.json", "--course", course.root)
        assert result.exit_code == 1 and "marks.json cannot be written" in result.output and jobs == []

    def test_the_progress_shows_student_verdict_and_time_left(self, course):
        command = [sys.executable, "-m", "grader.cli", "grade", ASSIGNMENT, "--course", str(course.root)]
        result = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "anna: 5 of 5" in result.stderr and "6/6 [00:" in result.stderr and "<" in result.stderr

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--workers", 2, "--dask", "x"], "leave one of them out"),
            (["--preview", "--submissions", "."], "leave out --submissions"),
            (["--workers", 0], "0 is not in the range"),
        ],
    )
    def test_options_that_contradict_are_a_sentence(self, arguments, sentence):
        result = self.run(*arguments)
        assert result.exit_code == 2 and sentence in result.output

    def test_no_cuda_is_a_sentence(self, course, monkeypatch):
        import torch

        monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
        result = self.run("--device", "cuda", "--course", course.root)
        assert result.exit_code == 1 and "finds no CUDA device here; grade with --device cpu" in result.output

    def test_the_box_is_tried_before_the_kits_own_judge(self, course, monkeypatch):
        asked = []
        monkeypatch.setattr(grading.pool, "run", lambda *arguments: iter(asked.append(arguments[-1].boxed) or ()))
        for judge, how in [
            ("grader.judging.grade_submission", How()),
            ("grader.x.y", How(boxed=False)),
            ("a.b", How()),
        ]:
            course.config.Grading.judge = judge
            grade_nothing(course, how)
        assert asked == [True, False, False]


def grade_nothing(course, how):
    batch = Batch(course, ASSIGNMENT, how.device, how.boxed)
    assert list(grading.run(batch, [], how)) == []


def test_a_job_may_take_what_its_submission_may_and_the_start_of_a_box(course):
    batch = Batch(course, ASSIGNMENT)
    assert longest(batch) > batch.limits["submission_seconds"] + START_SECONDS


def test_on_dask_the_marks_are_the_same(course, tmp_path):
    distributed = pytest.importorskip("distributed", reason="Dask is an extra: pip install -e '.[cluster]'")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    try:
        with distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as cluster:
            marks = grade(course, ASSIGNMENT, how=How(dask=cluster.scheduler_address))
    finally:
        os.environ["PYTHONPATH"] = os.environ["PYTHONPATH"].partition(os.pathsep)[2]
    assert scores(course) == EXPECTED
    shutil.rmtree(course.root / STATE / "results")
    assert grade(course, ASSIGNMENT, how=How(workers=1)) == marks
