"""The box works the same for a user without rights: its walls, and a whole grading by `course grade`.

Everything else in tests/ is run by whoever runs the tests; here root becomes nobody first (tests/plain_user.py).
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from plain_user import UID, run_as_plain_user, why_not
from submission_builder import ASSIGNMENT, POINTS, build, expected, scripts, student

from grader.box import policy
from grader.course import Course
from grader.demo import fresh_course
from grader.paths import assignments_dir

pytestmark = [
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
    pytest.mark.skipif(bool(policy.missing_tools()), reason=f"not installed: {policy.missing_tools()}"),
]
SECONDS = 1500
GRADED = ("boxes-neighbours", "kernel-doors-less-known", "network", "file-bad-json", "change-of-input-hidden")


@pytest.fixture
def home():
    """A folder that the plain user can reach and write in; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="plain-user-") as name:
        yield Path(name)


def as_plain_user(arguments: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    return run_as_plain_user(arguments, home, SECONDS)


def test_it_is_no_root_who_runs(home):
    done = as_plain_user(["-c", "import os; print(os.getuid(), os.access('/etc/shadow', os.R_OK))"], home)
    assert done.stdout.split() == [UID, "False"], done.stderr


@pytest.mark.parametrize("tests", ["test_box_walls.py", "test_box_bombs.py", "test_box_reuse.py"])
def test_the_box_passes_its_tests(home, tests):
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={home}/pytest"]
    done = as_plain_user(["-m", "pytest", *options, f"tests/{tests}"], home)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]


@pytest.mark.slow
def test_a_whole_grading(home):
    course = Course(fresh_course(home / "course", assignments_dir()).root)
    assert course.generate_release(ASSIGNMENT).success
    release = course.notebook("release", ASSIGNMENT)
    chosen = [path for path in scripts("hostile") if path.stem in GRADED]
    assert len(chosen) == len(GRADED)
    for path in [*chosen, scripts("right")[-1]]:
        build(path, release, home / "handed-in")
    locked = home / "handed-in" / chosen[0].stem / ASSIGNMENT / "not-for-you"
    locked.mkdir(mode=0o000)
    for folder, folders, files in os.walk(home):
        for name in [*folders, *files]:
            os.chown(os.path.join(folder, name), int(UID), int(UID), follow_symlinks=False)
    arguments = ["-m", "grader.cli", "grade", ASSIGNMENT, "--course", str(course.root)]
    arguments += ["--submissions", str(home / "handed-in"), "--json", str(home / "marks.json")]
    done = as_plain_user(arguments, home)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    marks = {one["student"]: one for one in json.loads((home / "marks.json").read_text("utf-8"))["results"]}
    assert marks[student(scripts("right")[-1])]["score"] == sum(POINTS.values())
    for path in chosen:
        assert expected(path).complaints(marks[student(path)]) == [], path.stem
    assert (home / "marks.json").stat().st_uid == int(UID)
