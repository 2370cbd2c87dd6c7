"""Killed at any moment and started again, every submission ends with exactly one mark, the right one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ready_course import HALF, RIGHT, copy, hand_in, ready, use_judge
from small_course import ASSIGNMENT

from grader.grading import How, grade, page_path
from grader.jobs import STATE, Batch

TESTS = Path(__file__).parent
STUDENTS = ["anna", "boris", "changed", "empty", "broken"]


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """A course in the middle of a term: an older grader's marks, a mark and a comment by hand, new submissions."""
    course = ready(tmp_path_factory.mktemp("before"), "generous")
    hand_in(course, "anna", **HALF)
    hand_in(course, "changed", **HALF)
    grade(course, ASSIGNMENT, how=How(workers=1))
    with course.gradebook() as gradebook:
        gradebook.find_grade("test_greet", ASSIGNMENT, ASSIGNMENT, "anna").manual_score = 1.5
        gradebook.find_comment("greet", ASSIGNMENT, ASSIGNMENT, "anna").manual_comment = "Поговорим."
        gradebook.db.commit()
    return use_judge(course.root, "slow")


@pytest.fixture(scope="module")
def submissions(before, tmp_path_factory):
    """What is handed in now: one as before, one changed, the others new."""
    course = copy(before, tmp_path_factory.mktemp("handed-in"))
    hand_in(course, "boris", **HALF)
    hand_in(course, "changed", **{**RIGHT, "double": "def double(x):\n    return x + x"})
    hand_in(course, "empty")
    hand_in(course, "broken").write_text("{", encoding="utf-8")
    return course.root / "submitted"


def state(course):
    """All that counts of the gradebook and of the pages."""
    batch = Batch(course, ASSIGNMENT)
    found = {}
    with course.gradebook() as gradebook:
        for submission in gradebook.assignment_submissions(ASSIGNMENT):
            [notebook] = submission.notebooks
            grades = {
                one.name: (one.auto_score, one.manual_score, one.extra_credit, one.needs_manual_grade)
                for one in notebook.grades
            }
            comments = {one.name: (one.auto_comment, one.manual_comment) for one in notebook.comments}
            assert submission.student.id not in found, "two marks of one student"
            found[submission.student.id] = (submission.score, submission.late_submission_penalty, grades, comments)
    pages = {student: page_path(batch, student).read_bytes().endswith(b"</html>") for student in found}
    submitted = {
        student: batch.course.notebook("submitted", ASSIGNMENT, student).read_bytes() for student in batch.students()
    }
    return found, pages, submitted


@pytest.fixture(scope="module")
def undisturbed(before, submissions, tmp_path_factory):
    course = copy(before, tmp_path_factory.mktemp("undisturbed"))
    grade(course, ASSIGNMENT, how=How(workers=2), submissions=submissions)
    return state(course)


def test_the_undisturbed_run_is_right(undisturbed):
    marks = {student: found[0] for student, found in undisturbed[0].items()}
    assert marks == {"anna": 0 + 1.5, "boris": 3, "changed": 5, "empty": 0, "broken": 0}
    assert sorted(marks) == sorted(STUDENTS)
    assert undisturbed[0]["anna"][3]["greet"][1] == "Поговорим."


@pytest.mark.parametrize("seed", range(4))
def test_killed_again_and_again(before, submissions, undisturbed, tmp_path, seed):
    course = copy(before, tmp_path)
    command = [sys.executable, str(TESTS / "crash_driver.py"), str(course.root), str(submissions), str(seed), "6"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    *codes, last = map(int, result.stdout.split())
    assert last == 0, result.stderr
    assert len(codes) == 6 and codes.count(-signal.SIGKILL) >= 2, codes
    assert state(course) == undisturbed
    assert not list((course.root / STATE).glob("incoming-*"))
    assert not os.path.exists(course.root / "gradebook.db-journal")
