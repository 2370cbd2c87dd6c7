"""Stand-ins for `grader.judging.grade_submission` that do what the tests of the pools and of the coordinator need.

A job of the pools' tests is any JSON object; keys that start with an underscore say what to do with it. A real job is
marked quickly and by its text: an answer that holds the words of `WRONG` gets no points.
"""

import hashlib
import json
import os
import signal
import time
from pathlib import Path

WRONG = "wrong answer"


def echo(job: bytes) -> bytes:
    """The job itself, after what it asks for."""
    wishes = json.loads(job)
    if "_count" in wishes:  # one line for each try
        with open(wishes["_count"], "a") as file:
            file.write(f"{os.getpid()}\n")
    tries = len(Path(wishes["_count"]).read_text().split()) if "_count" in wishes else 1
    if tries <= wishes.get("_deaths", 0):
        os.kill(os.getpid(), signal.SIGKILL)
    if tries <= wishes.get("_errors", 0):
        raise RuntimeError("the judge stumbled")
    if tries <= wishes.get("_nonsense", 0):
        return b"\xff nonsense"
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
