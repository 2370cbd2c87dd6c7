"""Boxes that are used again: one import of torch serves many submissions, each in a fork of its own.

    process = ForkedProcess(limits, device, seed)     # as grader.box.process.BoxProcess

Importing torch takes a second, all the rest of a box some hundredths. So a box holds a template process that has
imported it and never runs student code (grader/box/template.py); every submission is a fork. What keeps them apart:

- A fork can neither make processes, nor signal, trace, slow down or read the template: a second filter of system calls,
  and the template isn't dumpable. It has its own session, its own pipes, and none of the template's descriptors.
- When it has ended (killed with all its threads), the template compares the box with what it was before the fork:
  processes, the writable folders, its own limits and priority. A box in which anything differs is thrown away, and so
  is one whose template does not answer at once.

Sources: seccomp(2), prctl(2) PR_SET_DUMPABLE, ptrace(2) "Ptrace access mode checking".
"""

import atexit
import contextlib
import os
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import NamedTuple

from grader.box import policy, seccomp
from grader.box.limits import Limits
from grader.box.process import KEPT, BoxProcess, Lost, kill_group, make_pipe, readable, start
from grader.box.template import END, ENDED, OWN_PID, REQUEST

USES = 500
"""After so many submissions a box is made anew."""
IDLE = 2
"""So many boxes are kept for the next submission."""
ANSWER_SECONDS = 10.0


class End(NamedTuple):
    """How a process ended: its exit code (None if that is not known), and what the template saw then."""

    code: int | None = None
    as_before: bool = False
    too_many_files: bool = False


@dataclass(eq=False)  # each is a box of its own, however alike two are
class Template:
    """A box with a template in it, seen from outside. OSError if it can't be started."""

    limits: Limits
    device: str
    uses: int = 0
    owner: int = field(default_factory=os.getpid)

    def __post_init__(self) -> None:
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
            near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self.control = ours.enter_context(near)
            theirs.enter_context(far)
            self.said_fd, said = make_pipe(ours, theirs)
            nothing = os.open(os.devnull, os.O_RDONLY)
            theirs.callback(os.close, nothing)
            filter_fd = readable(seccomp.program(self.device, forks=True), theirs)
            command = policy.template(self.limits, filter_fd, far.fileno(), self.device)
            self.process = start(
                command, stdin=nothing, stdout=said, stderr=said, pass_fds=[far.fileno(), filter_fd], cwd="/",
                env={"PATH": policy.search_path()}, start_new_session=True,
            )  # fmt: skip
            ours.pop_all()
        os.set_blocking(self.said_fd, False)
        self.control.settimeout(ANSWER_SECONDS)

    def fork(self, seed: int, descriptors: list[int]) -> None:
        """Have a process made; does not wait for it. OSError if the template is gone."""
        self.uses += 1
        first, second = seccomp.program(self.device), seccomp.last_program(OWN_PID)
        head = REQUEST.pack(seed % (1 << 64), len(first), len(second))
        try:
            socket.send_fds(self.control, [head + first + second], descriptors)
        except OSError as error:
            raise OSError(self.said().decode(errors="replace").strip() or str(error)) from error

    def end_fork(self) -> End:
        """End the process."""
        try:
            self.control.send(END)
            return self.answer(ANSWER_SECONDS)
        except OSError:
            return End()

    def answer(self, seconds: float) -> End:
        """Wait for the news that the process has ended. OSError, also if the time is over."""
        self.control.settimeout(seconds)
        message = self.control.recv(64)
        if len(message) != ENDED.size:
            return End()
        status, as_before, too_many = ENDED.unpack(message)
        return End(os.waitstatus_to_exitcode(status), bool(as_before), bool(too_many))

    def said(self) -> bytes:
        """What the template itself printed: why it did not start."""
        with contextlib.suppress(OSError):
            return os.read(self.said_fd, KEPT)
        return b""

    def close(self) -> None:
        """Kill everything in the box."""
        if self.owner == os.getpid():  # else it is the box of the process that this one was forked from
            kill_group(self.process)
        self.control.close()
        os.close(self.said_fd)


_idle: list[Template] = []
_lock = threading.Lock()


def take(limits: Limits, device: str) -> Template:
    """A box that waits for a submission, or a new one. OSError if none can be started."""
    with _lock:
        for one in [one for one in _idle if one.owner != os.getpid() or one.process.poll() is not None]:
            _idle.remove(one)
            one.close()
        for one in _idle:
            if (one.limits, one.device) == (limits, device):
                _idle.remove(one)
                return one
    return Template(limits, device)


def give_back(template: Template) -> None:
    """Keep a box for the next submission; those that are too many are closed."""
    with _lock:
        _idle.append(template)
        surplus = [_idle.pop(0) for _ in range(len(_idle) - IDLE)]
        if template.uses >= USES and template in _idle:
            _idle.remove(template)
            surplus.append(template)
    for one in surplus:
        one.close()


def close_idle() -> None:
    """Close the boxes that wait."""
    with _lock:
        waiting, _idle[:] = _idle[:], []
    for one in waiting:
        one.close()


atexit.register(close_idle)


class ForkedProcess(BoxProcess):
    """A process for one submission in a box that is used again; everything else is as in a box of its own."""

    def __init__(self, limits: Limits, device: str, seed: int):
        self.how = End()
        self.over = self.lost = False
        super().__init__(limits, device, seed, boxed=True)

    def _launch(self, requests: int, replies: int, output: int, device: str, seed: int) -> None:
        for template in (take(self.limits, device), None):
            self._template = template or Template(self.limits, device)
            try:
                return self._template.fork(seed, [requests, replies, output])
            except OSError:  # it died while it waited; the second one is new
                self._template.close()
                if template is None:
                    raise

    def _root(self) -> int:
        return self._template.process.pid

    def _exit_code(self, seconds: float) -> int | None:
        if not self.over:
            try:
                self.how = self._template.answer(seconds)
                self.over = True
            except TimeoutError:
                return None
            except OSError:
                self.over = True
            if self.how.code is None:
                self._template_died()
        return self.how.code

    def verdict(self) -> tuple[str, str]:
        """As for a box of its own; Lost if it was the template that ended."""
        kind, detail = super().verdict()
        if self.how.too_many_files:
            return "output", f"more than {self.limits.files} files were made"
        if self.lost and kind != "output":
            raise Lost(detail)
        return kind, detail

    def _template_died(self) -> None:
        """The whole box is gone or lies: the code is that of the box."""
        self.lost = True
        deadline = time.monotonic() + 1.0
        while self._template.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        self.how = End(self._template.process.returncode)
        said = self._template.said()
        self.kept = self.kept[: KEPT - len(said)] + said
        self.tail = (self.tail + said)[-KEPT:]

    def _kill(self) -> None:
        if not self.over:
            self.how = self._template.end_fork()
            self.over = True

    def _finish(self) -> None:
        if self.how.as_before:
            give_back(self._template)
        else:
            self._template.close()
