"""Stand-ins for `grader.judging.grade_submission` that do what the tests of the pools and of the coordinator need.

A job of the pools' tests is any JSON object (`work`), a verdict repeats it (`sound`), and keys that start with an
underscore say what to do with it:

    _count: a file that gets a line for each try
    _deaths, _errors, _nonsense: so many tries end in this way; they need _count
    _meet: wait until so many tries have begun, by the file of _count
    _until: wait until there is this file
    _sleep: seconds

A real job is marked quickly and by its text: an answer that holds the words of `WRONG` gets no points.
"""

import hashlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from grader.attempts import Settled, Work
from grader.results import BadVerdict

ECHO = "fake_judges.echo"
WRONG = "wrong answer"


def work(key: str, seconds: float = 20.0, **wishes: Any) -> Work:
    """A job for `echo`."""
    return Work(key, json.dumps({"key": key, **wishes}).encode(), seconds)


def sound(one: Work, verdict: bytes) -> None:
    """The check for `echo`: a verdict repeats its job."""
    if verdict != one.job:
        raise BadVerdict("malformed verdict")


def by_key(answers: Iterable[Settled]) -> dict[str, Settled]:
    """What came of each job; none may be answered twice."""
    found = list(answers)
    assert len({one.key for one in found}) == len(found), "an answer came twice"
    return {one.key: one for one in found}


def tries(path: Path) -> list[str]:
    """The processes that have begun a try, by the file of _count."""
    return path.read_text().split() if path.exists() else []


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait for what is sure to come: only the time of a job, or a minute and more, puts an end to it."""
    deadline = time.monotonic() + 100
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def echo(job: bytes) -> bytes:
    """The job itself, after what it asks for."""
    wishes = json.loads(job)
    begun = 1
    if "_count" in wishes:
        count = Path(wishes["_count"])
        with count.open("a") as file:
            file.write(f"{os.getpid()}\n")
        begun = len(tries(count))
    if begun <= wishes.get("_deaths", 0):
        os.kill(os.getpid(), signal.SIGKILL)
    if begun <= wishes.get("_errors", 0):
        raise RuntimeError("the judge stumbled")
    if begun <= wishes.get("_nonsense", 0):
        return b"\xff nonsense"
    if "_meet" in wishes:
        wait_for(lambda: len(tries(count)) >= wishes["_meet"])
    if "_until" in wishes:
        wait_for(Path(wishes["_until"]).exists)
    time.sleep(wishes.get("_sleep", 0))
    return job


def by_text(job: bytes) -> bytes:
    """A verdict on a real job: full points for every answer that is there and does not say that it is wrong."""
    given = json.loads(job)
    tasks = []
    for name, points in given["points"].items():
        source = given["answers"].get(name)
        right = source is not None and WRONG not in source
        message = None if right else "Здесь ещё нет решения." if source is None else "Ответ неверен."
        tasks.append(
            {
                "grade_id": name,
                "score": points if right else 0.0,
                "max_score": points,
                "diagnosis": "says-wrong" if source and not right else None,
                "message": message,
                "properties": [],
                "remarks": [],
                "example": None,
            }
        )
    total = sum(task["score"] for task in tasks)
    mark = {"student": "", "score": total, "max_score": sum(given["points"].values()), "fault": None, "tasks": tasks}
    return json.dumps({**mark, "log": ""}).encode()


def slow(job: bytes) -> bytes:
    """`by_text` after some hundredths of a second that depend on the job."""
    time.sleep(0.02 + hashlib.sha256(job).digest()[0] / 256 * 0.05)
    return by_text(job)


def forgetful(job: bytes) -> bytes:
    """No verdict at all."""
    return b""


def generous(job: bytes) -> bytes:
    """Every task has all of its points: another version of the grader, for the preview."""
    given = json.loads(job)
    return by_text(json.dumps({**given, "answers": dict.fromkeys(given["points"], "fine")}).encode())
