"""One submission on its way through stock nbgrader, in a throw-away copy of a course, and what it left behind.

Nothing here is boxed: the submissions that fill memory, disk or time are bounded by themselves and by limits of the
process.
"""

import contextlib
import copy
import glob
import hashlib
import json
import multiprocessing
import os
import re
import resource
import shutil
import signal
import sqlite3
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log
from traitlets.config import Config

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO / "tests"))

from submission_builder import ASSIGNMENT, POINTS, build, constants, expected, student  # noqa: E402

SETTINGS = {
    "CourseDirectory": {"course_id": "text-generation"},
    "ClearSolutions": {"code_stub": {"python": 'raise NotImplementedError("here")'}},
    "Execute": {"timeout": 8, "iopub_timeout": 8, "startup_timeout": 120},
    "OverwriteCells": {"add_missing_cells": True},
    "HTMLExporter": {"template_name": "feedback"},
}
NEIGHBOUR, BEHIND = "neighbour", "zz-behind"
LIMITS = {
    resource.RLIMIT_AS: 6 * 2**30,
    resource.RLIMIT_FSIZE: 512 * 2**20,
    resource.RLIMIT_CPU: 90,
    resource.RLIMIT_NPROC: 2000,
    resource.RLIMIT_NOFILE: 1024,
    resource.RLIMIT_CORE: 0,
}
SECONDS = 90.0
LARGE = 50 * 2**20
MARK = "STOCK_NBGRADER_RUN"


@dataclass
class Result:
    """What became of one submission.

    Attributes:
        name: of the script.
        scores: points by task; None if there is no mark.
        won: unearned points.
        lost: points that were earned and not given.
        harm: to whom else and how, in words.
        problem: why there is no mark, in words.
        aborted: whether the student behind got no mark either; None where that was not tried (yet).
        seconds: the run took.
    """

    name: str
    scores: dict[str, float] | None = None
    won: float = 0.0
    lost: float = 0.0
    harm: list[str] = field(default_factory=list)
    problem: str = ""
    aborted: bool | None = None
    seconds: float = 0.0


def convert(root: Path, step: type, name: str = ".", **options: Any) -> tuple[bool, str]:
    """One step of nbgrader's own on a course; returns whether it succeeded and what it logged.

    Args:
        root: the course.
        step: nbgrader's converter.
        name: whose submission; "*" is everybody's but the neighbour's.
        options: of the converter.
    """
    config = Config(copy.deepcopy(SETTINGS))
    config.CourseDirectory.root = str(root)
    directory = CourseDirectory(config=config)
    directory.assignment_id = ASSIGNMENT
    directory.student_id = name if name == "*" else glob.escape(name)
    directory.student_id_exclude = NEIGHBOUR if name == "*" else ""
    converter = step(coursedir=directory, config=config)
    for option, value in options.items():
        setattr(converter, option, value)
    result = capture_log(converter)
    return result["success"], result.get("log", "") + result.get("error", "")


def release_of(root: Path) -> Path:
    """The released notebook of a course."""
    return root / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"


def make_template(scratch: Path) -> Path:
    """A course as stock nbgrader has it, with the neighbour marked; returns its folder.

    The cell that writes jokes is left out: it only takes time.
    """
    root = scratch / "template"
    home = root / "source" / ASSIGNMENT
    home.mkdir(parents=True)
    notebook = nbformat.read(REPO / "assignments" / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    notebook.cells = [cell for cell in notebook.cells if "load_weights" not in cell.source]
    nbformat.write(notebook, home / f"{ASSIGNMENT}.ipynb")
    success, log = convert(root, GenerateAssignment, create_assignment=True)
    assert success, log
    honest = scratch / f"{NEIGHBOUR}.py"
    honest.write_text('"""Right."""\n', encoding="utf-8")
    build(honest, release_of(root), root / "submitted")
    success, log = convert(root, Autograde, NEIGHBOUR, create_student=True)
    assert success and read_scores(root, NEIGHBOUR) == POINTS, log
    return root


def read_scores(root: Path, name: str) -> dict[str, float] | None:
    """A student's marks by task, straight from the gradebook's tables; None if there is none."""
    with contextlib.closing(sqlite3.connect(root / "gradebook.db", timeout=10)) as book:
        rows = book.execute(
            "SELECT base_cell.name, grade.auto_score FROM grade JOIN base_cell ON grade.cell_id = base_cell.id "
            "JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id "
            "JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id "
            "WHERE submitted_assignment.student_id = ?",
            (name,),
        ).fetchall()
    scores = {test.removeprefix("test_"): score for test, score in rows if test.removeprefix("test_") in POINTS}
    if not scores or all(score is None for score in scores.values()):
        return None
    return {task: scores.get(task) or 0.0 for task in POINTS}


def autograde(root: Path, name: str, log: Path, with_feedback: bool) -> None:
    """In a process of its own: stock autograding of one student under limits."""
    os.setsid()
    for what, most in LIMITS.items():
        resource.setrlimit(what, (most, most))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    os.environ[MARK] = str(root)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    success, said = convert(root, Autograde, name, create_student=True, force=True)
    log.write_text(json.dumps({"success": success, "error": last_error(said)}), encoding="utf-8")
    if with_feedback and success:
        convert(root, GenerateFeedback, name, force=True)
    os._exit(0)


def last_error(log: str) -> str:
    """The name of the exception that ended a run, from its log."""
    found = re.findall(r"^\s*[\w.]*?(\w+(?:Error|Exception|Entry|Interrupt))\b", log, re.MULTILINE)
    named = [one for one in found if one != "NbGraderException"]
    return (named or found or ["no reason was logged"])[-1]


class Run:
    """One submission on its way through stock nbgrader."""

    def __init__(self, path: Path, template: Path, root: Path, behind: bool = False) -> None:
        self.path, self.name, self.behind = path, student(path), behind
        self.root = root / uuid.uuid4().hex[:8] / "course"
        shutil.copytree(template, self.root, symlinks=True)
        with contextlib.suppress(OSError):  # a name that the file system refuses
            build(path, release_of(self.root), self.root / "submitted")
        if behind:
            place = self.root / "submitted" / BEHIND / ASSIGNMENT
            place.mkdir(parents=True)
            shutil.copyfile(release_of(self.root), place / release_of(self.root).name)
        self.before = self._others()
        self.log = self.root.parent / "log.json"
        self.began = time.monotonic()
        whom = "*" if behind else self.name
        with_feedback = "PAYLOAD" in constants(path) and not behind
        context = multiprocessing.get_context("fork")
        self.process = context.Process(target=autograde, args=(self.root, whom, self.log, with_feedback))
        self.process.start()

    @property
    def deadline(self) -> float:
        return self.began + (SECONDS + 4 * SETTINGS["Execute"]["timeout"]) * (1 + self.behind)

    def _others(self) -> dict[str, str]:
        """A digest of every file that isn't this student's, and of the neighbour's marks."""
        found = {"marks": str(read_scores(self.root, NEIGHBOUR))}
        for step in ("source", "release", f"submitted/{NEIGHBOUR}", f"autograded/{NEIGHBOUR}"):
            place = self.root / step
            for path in sorted(place.rglob("*")):
                if path.is_file():
                    found[str(path.relative_to(self.root))] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

    def finish(self) -> Result:
        """End it, look at what it left, and clean up."""
        result = Result(self.path.stem, seconds=round(time.monotonic() - self.began, 1))
        late = self.process.is_alive()
        if late:
            self.process.kill()
        self.process.join()
        time.sleep(0.3)
        left = list(processes_of(self.root))
        for process in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        said = json.loads(self.log.read_text("utf-8")) if self.log.is_file() else {"success": False, "error": ""}
        result.problem = "does not come to an end" if late else said["error"] or f"exit code {self.process.exitcode}"
        try:
            result.scores = read_scores(self.root, self.name) if said["success"] else None
        except sqlite3.Error as error:
            result.harm.append(f"the gradebook is damaged ({error})")
        if result.scores is not None:
            wanted = expected(self.path).scores
            result.won = sum(max(0.0, score - wanted[task][1]) for task, score in result.scores.items())
            result.lost = sum(max(0.0, wanted[task][0] - score) for task, score in result.scores.items())
        if left and not late:
            result.harm.append("leaves a process behind")
        result.harm += self._harm()
        if self.behind:
            result.aborted = read_scores(self.root, BEHIND) is None
        shutil.rmtree(self.root.parent, ignore_errors=True)
        return result

    def _harm(self) -> Iterator[str]:
        after = self._others()
        if after["marks"] != self.before["marks"]:
            yield "changes another student's mark"
        if {**after, "marks": ""} != {**self.before, "marks": ""}:
            yield "changes other people's files"
        text = self.path.read_text("utf-8")
        marked = [path for path in Path("/tmp").glob("hostile-*") if str(path) in text]
        if marked:
            yield "writes outside of its folder"
        for path in marked:
            path.unlink(missing_ok=True)
        autograded = [path for path in (self.root / "autograded" / self.name).rglob("*") if path.is_file()]
        system = Path("/etc/passwd").read_bytes()
        if any(path.stat().st_size == len(system) and path.read_bytes() == system for path in autograded):
            yield "a system file is copied into the course"
        if sum(path.stat().st_blocks * 512 for path in autograded) > LARGE:
            yield "fills the disk"
        payload = constants(self.path).get("PAYLOAD")
        pages = (self.root / "feedback" / self.name).rglob("*.html")
        if payload and any(payload in page.read_text("utf-8", errors="replace") for page in pages):
            yield "script in the feedback page"


def processes_of(root: Path) -> Iterator[int]:
    """Processes that this run started and that are still there, by the mark in their environment."""
    wanted = f"{MARK}={root}".encode()
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with contextlib.suppress(OSError):
                if wanted in (place / "environ").read_bytes().split(b"\0"):
                    yield int(place.name)
