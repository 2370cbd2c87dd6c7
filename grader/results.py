"""Verdicts on disk: the store of what was graded already, and the file of `course grade --json`.

The store is addressed by content: a verdict belongs to an assignment, a version of the grader and the digest of the
answers, so an unchanged submission is never graded twice by an unchanged grader, and nothing has to be locked. A file
is written whole or not at all; a damaged one counts as not there.
"""

import hashlib
import json
import math
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

from grader.marks import FAULTS, NO_VERDICT, Mark
from grader.paths import CourseError

FIXED_KEYS = ("student", "score", "max_score", "fault", "tasks")
FIXED_TASK_KEYS = ("grade_id", "score", "max_score", "diagnosis", "message")


class BadVerdict(Exception):
    """What should be a verdict is none; the message says in English what is wrong."""


class Results:
    """The store of verdicts of one assignment by one version of the grader.

    Args:
        folder: where all verdicts of the course are.
        assignment: name of the assignment.
        version: of the grader (see `grader.jobs`).
        points: what each answer is worth, {grade_id: points}; a verdict must have just these.
    """

    def __init__(self, folder: Path, assignment: str, version: str, points: dict[str, float]) -> None:
        self.folder = folder
        self.assignment = assignment
        self.version = version
        self.points = points

    def path(self, digest: str) -> Path:
        """The file of a submission's verdict."""
        key = json.dumps([self.assignment, self.version, digest])
        return self.folder / f"{self.assignment}-{digest[:16]}-{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"

    def find(self, digest: str) -> Mark | None:
        """The verdict on a submission, or None if there is none yet (or only a damaged one)."""
        expected = (self.assignment, self.version, digest)
        try:
            content = json.loads(self.path(digest).read_text(encoding="utf-8"))
            checksum = content.pop("checksum")
            if checksum != _checksum(content):
                return None
            if (content["assignment"], content["version"], content["submission"]) != expected:
                return None
            return check(content["verdict"], self.points)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, BadVerdict):
            return None

    def keep(self, digest: str, mark: Mark) -> None:
        """Store a verdict. The student's name is left out: equal answers deserve equal marks.

        Raises BadVerdict if it is none, which the absence of a result is as well.
        """
        data = {**mark.as_json(), "student": ""}
        check(data, self.points)
        if mark.fault in NO_VERDICT:
            raise BadVerdict(f"fault {mark.fault!r} is no verdict.")
        content = {"assignment": self.assignment, "version": self.version, "submission": digest, "verdict": data}
        write_whole(self.path(digest), _dump({**content, "checksum": _checksum(content)}))


def read_reply(reply: bytes, points: dict[str, float]) -> Mark:
    """The verdict in the bytes that `grade_submission` returned. Raises BadVerdict if there is none."""
    try:
        return check(json.loads(reply), points)
    except (ValueError, RecursionError) as error:
        raise BadVerdict(f"The reply is no JSON: {error}") from error


def check(data: Any, points: dict[str, float]) -> Mark:
    """A verdict's JSON as a mark.

    Args:
        data: what `Mark.as_json` wrote, or something else.
        points: what each answer is worth; the verdict must have just these tasks.

    Raises:
        BadVerdict: it is no mark, a score is no number from 0 to the points, or a text cannot be written.
    """
    try:
        mark = Mark.from_json(data)
        json.dumps(data, ensure_ascii=False, allow_nan=False).encode("utf-8")
        if mark.fault is not None and mark.fault not in FAULTS:
            raise BadVerdict(f"fault {mark.fault!r} is unknown.")
        for task in mark.tasks:
            _check_score(task.score, task.max_score, mark.has_verdict, f"task {task.grade_id}")
            for one in task.properties:
                _check_score(one.score, one.max_score, one.score is not None, f"{task.grade_id}/{one.name}")
        _check_score(mark.score, mark.max_score, mark.has_verdict, "the whole")
        if mark.has_verdict and not math.isclose(mark.score, sum(task.score for task in mark.tasks), abs_tol=1e-9):
            raise BadVerdict(f"The score {mark.score} is not the sum of its tasks.")
        if {task.grade_id: task.max_score for task in mark.tasks} != points:
            raise BadVerdict(f"Tasks and points differ from {points}.")
    except BadVerdict:
        raise
    except Exception as error:  # JSON of any shape may stand here
        raise BadVerdict(f"It is no mark: {type(error).__name__}: {error}") from error
    return mark


def save_json(path: Path, assignment: str, marks: list[Mark]) -> None:
    """Write all marks of an assignment as one JSON file, the fixed keys first (see docs); no log and no example.

    Raises CourseError if it cannot be written.
    """
    results = {"assignment": assignment, "results": [_for_file(one) for one in marks]}
    try:
        write_whole(path, json.dumps(results, ensure_ascii=False, indent=2) + "\n")
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror}.") from error


def check_place(path: Path) -> None:
    """Raise CourseError if `save_json` could not write there."""
    if path.exists() and not path.is_file():
        raise CourseError(f"{path} cannot be written: something other than a file is there.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror}.") from error


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all, also if the machine stops in between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name[:60]}.{secrets.token_hex(8)}")  # tempfile's would be readable for us only
    try:
        with draft.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _for_file(mark: Mark) -> dict[str, Any]:
    data = mark.as_json()
    tasks = [
        {**{key: task[key] for key in FIXED_TASK_KEYS}, "properties": task["properties"], "remarks": task["remarks"]}
        for task in data["tasks"]
    ]
    return {**{key: data[key] for key in FIXED_KEYS}, "tasks": tasks}


def _check_score(score: Any, most: Any, has_verdict: bool, what: str) -> None:
    if isinstance(most, bool) or not isinstance(most, int | float) or not 0 <= most < math.inf:
        raise BadVerdict(f"max_score {most!r} of {what} is no number of points.")
    if not has_verdict:
        if score is not None:
            raise BadVerdict(f"score {score!r} of {what} without a verdict.")
        return
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= most:
        raise BadVerdict(f"score {score!r} of {what} is not from 0 to {most}.")


def _dump(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(_dump(content).encode("utf-8", "replace")).hexdigest()
