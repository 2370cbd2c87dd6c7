"""Grades a course again and again and is killed each time: `crash_driver.py COURSE FROM SEED TRIES`.

Each try is a process of its own that ends by SIGKILL, in turns at a random file operation or commit and at a random
moment: of as many as an undisturbed run has on this machine. A try that was done before shows that there is less left;
the next ones are killed earlier. At last one run is left alone. Forked from here, tries start at once, without imports.
"""

import contextlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from small_course import ASSIGNMENT

from grader import grading
from grader.course import Course

FILE_EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate", "shutil.copyfile")


def grade(root: Path, submissions: Path) -> None:
    """What is killed."""
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        grading.grade(Course(root), ASSIGNMENT, None, grading.How(workers=2), submissions)


def on_every_change(root: Path, happened: Callable[[], None]) -> None:
    """Call `happened` before each change of a file of the course and each commit of the gradebook."""

    def hook(event: str, arguments: tuple) -> None:
        if event == "open" and isinstance(arguments[1], str) and not set(arguments[1]) & set("wax+"):
            return
        if event in FILE_EVENTS and str(arguments[0]).startswith(str(root)):
            happened()

    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    sys.addaudithook(hook)
    event.listen(Engine, "commit", lambda connection: happened())


def child(work: Callable[[], None]) -> int:
    """Fork a process that does the work; its number."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return pid


def ended(pid: int) -> int:
    """Wait for a child; its exit code, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def undisturbed(root: Path, submissions: Path) -> tuple[int, float]:
    """How many changes a whole run in a copy of the course makes, and how many seconds it takes."""
    with tempfile.TemporaryDirectory() as scratch:
        copy, count = Path(scratch) / "course", Path(scratch) / "count"
        shutil.copytree(root, copy)

        def work() -> None:
            changes = []
            on_every_change(copy, lambda: changes.append(1))
            grade(copy, submissions)
            count.write_text(str(len(changes)))

        start = time.monotonic()
        assert ended(child(work)) == 0
        return int(count.read_text()), time.monotonic() - start


def killed_at_a_change(root: Path, submissions: Path, number: int) -> int:
    """A try that kills itself right before its change of this number; its exit code."""

    def work() -> None:
        left = [number]

        def happened() -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        on_every_change(root, happened)
        grade(root, submissions)

    return ended(child(work))


def killed_after(root: Path, submissions: Path, seconds: float) -> int:
    """A try that is killed after some time, unless it has ended; its exit code."""
    pid = child(lambda: grade(root, submissions))
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return ended(pid)


def main() -> None:
    """Prints the exit codes of all tries, the last of which is the one that was left alone."""
    root, submissions, seed, tries = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    dice = random.Random(seed)
    changes, seconds = undisturbed(root, submissions)
    codes = []
    for number in range(tries):
        if number % 2:
            codes.append(killed_after(root, submissions, dice.random() * seconds))
        else:
            codes.append(killed_at_a_change(root, submissions, dice.randrange(changes) + 1))
        if codes[-1] == 0:
            changes, seconds = max(1, changes // 4), seconds / 4
    codes.append(ended(child(lambda: grade(root, submissions))))
    print(*codes)


if __name__ == "__main__":
    main()
