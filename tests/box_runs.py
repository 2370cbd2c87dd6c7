"""A few lines of Python in the box that the policy builds, without torch and the worker: for tests of the walls.

`run_inside(code)` takes the whole command line of grader.box.policy and puts `python -c code` in the worker's place, so
what it shows holds for students' code. `without` removes arguments of bubblewrap's: the counter-proof, that it is they
which stop an attempt.
"""

import contextlib
import os
import subprocess

from grader.box import policy, seccomp
from grader.box.limits import Limits

LIMITS = Limits(tmp_bytes=1 << 20, file_bytes=1 << 19, open_files=40, cpu_seconds_in_all=2)


def command(
    code: str, filter_fd: int, limits: Limits, without: tuple[str, ...] = (), change: dict | None = None
) -> list:
    """The command line of a box that runs the code."""
    arguments = policy.boxed(limits, filter_fd, 1)
    end = max(i for i, one in enumerate(arguments) if one == f"{policy.KIT}/worker.py")
    start = max(i for i, one in enumerate(arguments) if one == "bwrap")
    inner = arguments[start:end]
    if without:
        place = next(i for i in range(len(inner)) if tuple(inner[i : i + len(without)]) == without)
        del inner[place : place + len(without)]
    inner = [(change or {}).get(one, one) for one in inner]
    return [*arguments[:start], *inner, "-c", code]


def run_inside(code: str, *, limits: Limits = LIMITS, without: tuple[str, ...] = (), change: dict | None = None,
               environment: dict[str, str] | None = None) -> str:  # fmt: skip
    """What the code printed, stdout and stderr; for one that was killed, "killed by N" is added."""
    with contextlib.ExitStack() as stack:
        fd, write = os.pipe()
        stack.callback(os.close, fd)
        with open(write, "wb") as file:
            file.write(seccomp.program())
        without = tuple(str(fd) if one == "FD" else one for one in without)
        done = subprocess.run(
            command(code, fd, limits, without, change),
            pass_fds=[fd], stdin=subprocess.DEVNULL, timeout=60, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/",
            env={"PATH": policy.search_path(), **(environment or {})},
        )  # fmt: skip
    killed = f"killed by {done.returncode - 128}" if done.returncode > 128 else ""
    return done.stdout.decode(errors="replace").strip() + killed


SYSTEM_CALL = """\
import ctypes, errno, platform
libc = ctypes.CDLL(None, use_errno=True)
def system_call(x86_64, aarch64, *arguments):
    if libc.syscall(x86_64 if platform.machine() == "x86_64" else aarch64, *arguments) >= 0:
        return "done"
    return errno.errorcode[ctypes.get_errno()]
"""
