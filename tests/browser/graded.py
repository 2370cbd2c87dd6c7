"""A course in a copy of the kit, with submissions that `course grade` has graded."""

import json
import os
import subprocess
import sys
from pathlib import Path

import lab_server
from submission_builder import FOLDER, build, student

from grader.paths import ASSIGNMENT

RIGHT, WRONG, HOSTILE, EXCEPTIONS = (
    "right/right",
    "wrong/nucleus-exclusive",
    "hostile/html-in-answers",
    "hostile/html-in-exceptions",
)


def graded_course(folder: Path) -> tuple[Path, dict[str, dict]]:
    """A course folder inside a copy of the kit, and the marks that the command has written, by student."""
    root = lab_server.copy_of_the_kit(folder / "kit", n_texts=2)
    course = root / "assignments"
    for name in (RIGHT, WRONG, HOSTILE, EXCEPTIONS):
        build(FOLDER / f"{name}.py", course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", course / "submitted")
    marks = folder / "marks.json"
    command = [sys.executable, "-m", "grader.cli", "grade", ASSIGNMENT, "--course", str(course), "--json", str(marks)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(marks.read_text(encoding="utf-8"))["results"]
    return course, {one["student"]: one for one in results}


def who(name: str) -> str:
    """The student's name of a submission."""
    return student(FOLDER / f"{name}.py")
