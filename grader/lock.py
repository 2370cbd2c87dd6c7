"""One coordinator at a time in a course folder: a lock that the kernel takes back when its holder ends, in any way."""

import fcntl
import getpass
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.paths import CourseError


@contextmanager
def only_one(path: Path, doing: str) -> Iterator[None]:
    """Hold the lock of a folder for the time of a `with`.

    Args:
        path: the lock file; it stays, and says who held it last.
        doing: what the holder does, for the sentence that another one gets ("grading hw_sampler").

    Raises:
        CourseError: somebody else holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 1000).decode(errors="replace").strip()
            raise CourseError(
                f"{holder or 'Somebody else'} is at work in {path.parent.parent}; wait until that is done."
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{whoami()}, {doing} since {time.strftime('%H:%M:%S')},".encode(), 0)
        yield
    finally:
        os.close(handle)


def whoami() -> str:
    """This process, so that a person can find it."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = f"user {os.getuid()}"
    return f"{user}'s process {os.getpid()} on {socket.gethostname()}"
