"""The whole hostile set through `course grade`: nobody wins an unearned point, nobody harms anything or anybody."""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from submission_builder import (
    ASSIGNMENT,
    HOSTILE_LIMITS,
    NO_VERDICT,
    POINTS,
    build,
    constants,
    course_with,
    expected,
    scripts,
    student,
)

from grader.cli import EXIT_NO_VERDICT
from grader.course import Course
from grader.paths import CONFIG

pytestmark = pytest.mark.slow

HOSTILE = scripts("hostile")
PAYLOADS = sorted({constants(path)["PAYLOAD"] for path in HOSTILE if "PAYLOAD" in constants(path)})
HONEST = ("aa-honest", "zz-honest")
MARKER = "HOSTILE_RUN"
HOURS = 1.5


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The set graded by the command, among two honest students; what it printed, wrote and left."""
    root = tmp_path_factory.mktemp("hostile")
    course = course_with(HOSTILE_LIMITS, root / "course")
    outcome = course.generate_release(ASSIGNMENT)
    assert outcome.success, outcome.log
    release = course.notebook("release", ASSIGNMENT)
    for path in HOSTILE:
        build(path, release, root / "handed-in")
    for name in HONEST:
        script = root / f"{name}.py"
        script.write_text('"""Right."""\n', encoding="utf-8")
        build(script, release, root / "handed-in")
    return Run(course, root)


class Run:
    """One run of `course grade` and its traces."""

    def __init__(self, course: Course, root: Path) -> None:
        self.course, self.json = course, root / "marks.json"
        self.before = self.instructors_files()
        self.marker = uuid.uuid4().hex
        command = [sys.executable, "-m", "grader.cli", "grade", ASSIGNMENT, "--course", str(course.root)]
        command += ["--submissions", str(root / "handed-in"), "--json", str(self.json)]
        environment = {**os.environ, MARKER: self.marker, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, capture_output=True, env=environment, timeout=HOURS * 3600)
        self.code, self.output = done.returncode, (done.stdout + done.stderr).decode(errors="replace")
        assert self.json.is_file(), self.output[-5000:]
        self.marks = {one["student"]: one for one in json.loads(self.json.read_text("utf-8"))["results"]}

    def instructors_files(self) -> dict[str, str]:
        """Digests of what belongs to the instructor."""
        folders = [self.course.root / step for step in ("source", "release")]
        files = [self.course.root / CONFIG, *(path for folder in folders for path in folder.rglob("*"))]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.is_file()}


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_it_gets_the_verdict_that_it_must_get(run, path):
    mark = run.marks[student(path)]
    assert expected(path).complaints(mark) == [], [(task["grade_id"], task["message"]) for task in mark["tasks"]]


@pytest.mark.parametrize("name", HONEST)
def test_the_honest_get_all_their_points(run, name):
    mark = run.marks[name]
    assert (mark["score"], mark["fault"]) == (sum(POINTS.values()), None)


def test_everybody_else_has_a_verdict_and_the_exit_code_says_so(run):
    assert set(run.marks) == {*map(student, HOSTILE), *HONEST}
    lacking = {name for name, mark in run.marks.items() if mark["fault"] == NO_VERDICT}
    assert lacking <= {student(path) for path in HOSTILE if NO_VERDICT in expected(path).faults}
    assert run.code == (EXIT_NO_VERDICT if lacking else 0), run.output[-3000:]


def test_the_gradebook_holds_the_verdicts_and_nothing_else(run):
    with sqlite3.connect(run.course.root / "gradebook.db") as book:
        assert book.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall() == []
    with run.course.gradebook() as gradebook:
        for submission in gradebook.assignment_submissions(ASSIGNMENT):
            if run.marks[submission.student.id]["fault"] == NO_VERDICT:
                continue
            grades = {grade.name: grade.auto_score for one in submission.notebooks for grade in one.grades}
            tasks = run.marks[submission.student.id]["tasks"]
            assert {task["grade_id"]: task["score"] for task in tasks} == {
                task: grades[f"test_{task}"] for task in POINTS
            }, submission.student.id


def test_the_instructors_files_are_as_they_were(run):
    assert run.instructors_files() == run.before


def test_nothing_is_left_on_the_machine(run):
    assert list(Path("/tmp").glob("hostile-*")) == []
    assert list(run.course.root.rglob("hostile-*")) == []
    wanted = f"{MARKER}={run.marker}".encode()
    left = []
    for place in Path("/proc").iterdir():
        try:
            if place.name.isdigit() and wanted in (place / "environ").read_bytes().split(b"\0"):
                left.append((place / "cmdline").read_bytes().replace(b"\0", b" ")[:200])
        except OSError:
            continue
    assert left == []


def test_no_foreign_file_is_taken_in(run):
    secret = Path("/etc/passwd").read_bytes()
    for step in ("autograded", "feedback", "submitted"):
        for path in (run.course.root / step).rglob("*"):
            assert not path.is_symlink(), path
            assert not path.is_file() or path.stat().st_size != len(secret) or path.read_bytes() != secret, path


def test_messages_are_short_and_hold_no_control_characters(run):
    for mark in run.marks.values():
        texts = [mark["student"]]
        for task in mark["tasks"]:
            texts += [task["message"] or "", *task.get("remarks", [])]
            texts += [part["message"] or "" for part in task.get("properties", [])]
        for text in texts:
            assert len(text) < 1500, mark["student"]
            assert all(letter.isprintable() for letter in text.replace("\n", "")), (mark["student"], text)
    assert "\x1b[2J" not in run.output and "\x1b]0;" not in run.output and "\x00" not in run.output


def test_pages_show_no_script_of_a_student(run):
    pages = list((run.course.root / "feedback").rglob("*.html"))
    assert len(pages) > len(HOSTILE) / 2
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert len(text) < 20 * 2**20 and "\x1b" not in text, page
        assert not [payload for payload in PAYLOADS if payload in text], page
        for tag in BeautifulSoup(text, "html.parser").find_all(True):
            assert tag.name not in ("iframe", "object", "embed", "base"), (page, tag)
            assert not [name for name in tag.attrs if name.startswith("on")], (page, tag)
            assert not str(tag.get("href", "")).strip().lower().startswith(("javascript:", "data:text")), (page, tag)
