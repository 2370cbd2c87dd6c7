"""The process of a box as its parent sees it: three pipes, a clock, a count of what is printed, and its end."""

import contextlib
import os
import queue
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from typing import Any

from grader.box import policy, seccomp
from grader.box.clock import LOOK_SECONDS, ProcessorClock
from grader.box.limits import Limits

KEPT = 4096
"""Bytes of output kept from the beginning and, to tell how it ended, from the end."""
END_SECONDS = 10.0


class Closed(Exception):
    """The process has closed its side of a pipe: it has ended or is about to."""


class Timeout(Exception):
    """The deadline has passed, or the processor's time is used up; the message says which."""


class Lost(Exception):
    """The whole box has ended, which the submission in it can't have done."""


class TooMuch(Exception):
    """More was printed than allowed."""


class BoxProcess:
    """Starts a box; reads and writes its pipes, always with a deadline on `time.monotonic()`.

    Attributes:
        kept: the first bytes that were printed. The last ones are in `tail`.

    OSError if the process can't be started.
    """

    def __init__(self, limits: Limits, device: str, seed: int, boxed: bool):
        self.limits, self.boxed = limits, boxed
        self.kept, self.tail, self.printed = bytearray(), b"", 0
        self._folder: str | None = None
        self._started = time.monotonic()
        self._clock: ProcessorClock | None = None
        self._next_look = 0.0
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
            requests, self._requests = make_pipe(theirs, ours)
            self._replies, replies = make_pipe(ours, theirs)
            self._output, output = make_pipe(ours, theirs)
            self._launch(requests, replies, output, device, seed)
            ours.pop_all()
        self._ended = False
        for fd in (self._requests, self._replies, self._output):
            os.set_blocking(fd, False)

    def _launch(self, requests: int, replies: int, output: int, device: str, seed: int) -> None:
        """Start the process on these ends of its pipes."""
        with contextlib.ExitStack() as theirs:
            passed = [replies]
            if self.boxed:
                filter_fd = readable(seccomp.program(device), theirs)
                passed.append(filter_fd)
                command, folder = policy.boxed(self.limits, filter_fd, replies, device, seed), "/"
                variables = {"PATH": policy.search_path()}
            else:
                command = policy.without_box(self.limits, replies, device, seed)
                self._folder = folder = tempfile.mkdtemp(prefix="grading-")
                variables = {**policy.environment(), "HOME": folder, "TMPDIR": folder}
                del variables["LD_LIBRARY_PATH"]
            self._process = start(
                command, stdin=requests, stdout=output, stderr=output, pass_fds=passed, env=variables, cwd=folder,
                start_new_session=True,
            )  # fmt: skip

    # Pipes ----------------------------------------------------------------------------------------------------------

    def write(self, data: bytes, deadline: float) -> None:
        """Write a request. Closed, Timeout, TooMuch; Closed as well if there are bytes that nobody asked for."""
        rest = memoryview(data)
        if self._wait(deadline, self._replies, self._requests) == self._replies:
            raise Closed
        while rest:
            self._wait(deadline, None, self._requests)
            try:
                rest = rest[os.write(self._requests, rest[: 1 << 16]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise Closed from error

    def read(self, size: int, deadline: float) -> bytearray:
        """Read so many bytes of the replies. Closed, Timeout, TooMuch."""
        data = bytearray()
        while len(data) < size:
            self._wait(deadline, self._replies, None)
            part = os.read(self._replies, min(size - len(data), 1 << 20))
            if not part:
                raise Closed
            data += part
        return data

    def _wait(self, deadline: float, reading: int | None, writing: int | None) -> int:
        """Wait until one of two pipes is ready and return it; what is printed meanwhile is taken in."""
        poll = select.poll()
        if reading is not None:
            poll.register(reading, select.POLLIN)
        if writing is not None:
            poll.register(writing, select.POLLOUT)
        if self._output is not None:
            poll.register(self._output, select.POLLIN)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Timeout("no answer in time")
            self._look_at_the_clock()
            ready = {fd for fd, _ in poll.poll(min(left, LOOK_SECONDS) * 1000 + 1)}
            if self._output in ready and not self._take_output():
                poll.unregister(self._output)
                os.close(self._output)
                self._output = None
            for fd in (reading, writing):
                if fd is not None and fd in ready:
                    return fd

    def start_clock(self) -> None:
        """A new call begins: what it uses of the processor counts from about here."""
        self._clock, self._next_look = ProcessorClock(self._root()), time.monotonic() + LOOK_SECONDS

    def _look_at_the_clock(self) -> None:
        """Timeout if this call has used up its share of the processor. Short calls are not looked at: it costs time."""
        if self._clock is None or time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_SECONDS
        if self._clock.look() > self.limits.cpu_seconds:
            raise Timeout(f"more than {self.limits.cpu_seconds:g} seconds of the processor were used in one call")

    def _root(self) -> int:
        """The process from which all in the box come."""
        return self._process.pid

    def _take_output(self) -> bool:
        """Take in what was printed; False at its end. TooMuch."""
        try:
            data = os.read(self._output, 1 << 16)
        except BlockingIOError:
            return True
        self.printed += len(data)
        self.kept += data[: KEPT - len(self.kept)]
        self.tail = (self.tail + data)[-KEPT:]
        if self.printed > self.limits.output_bytes:
            raise TooMuch
        return bool(data)

    # The end --------------------------------------------------------------------------------------------------------

    def verdict(self) -> tuple[str, str]:
        """(kind of fault, why), for a process that has closed its pipes. Waits a moment for it to end, then kills."""
        code = self._exit_code(1.0)
        with contextlib.suppress(TooMuch):
            while self._output is not None and has_come(self._output, 0.0) and self._take_output():
                pass
        if self.printed > self.limits.output_bytes:
            return "output", f"more than {self.limits.output_bytes} bytes were printed"
        if code is None:
            return "crash", "the process closed its pipes"
        number = -code if code < 0 else max(code - 128, 0)
        lived = time.monotonic() - self._started
        # Who ignores SIGXCPU is killed two seconds later, by the signal that the kernel also sends for want of memory.
        if number == signal.SIGXCPU or (number == signal.SIGKILL and lived >= self.limits.cpu_seconds_in_all):
            return "timeout", f"more than {self.limits.cpu_seconds_in_all} seconds of the processor were used in all"
        if number == signal.SIGXFSZ:
            return "output", "a file grew too large"
        if number == signal.SIGKILL:
            return "memory", "the process was killed, as the kernel does when memory runs out"
        if any(text in self.tail for text in (b"bad_alloc", b"MemoryError", b"allocate memory", b"out of memory")):
            return "memory", f"the process ended with code {code} for want of memory"
        return "crash", f"the process ended with code {code}" + (f" (signal {number})" if number else "")

    def end(self) -> None:
        """Kill everything, wait for it, close the pipes, remove the folder."""
        if self._ended:
            return
        self._ended = True
        self._kill()
        self._wait_for_the_last()
        for fd in (self._requests, self._replies, self._output):
            if fd is not None:
                os.close(fd)
        self._output = None
        self._finish()

    def _exit_code(self, seconds: float) -> int | None:
        """Wait so long for the process's end; its exit code, None if it goes on."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.returncode

    def _kill(self) -> None:
        """End the process, and all that came of it."""
        kill_group(self._process)

    def _finish(self) -> None:
        """What is left to do when everything has ended."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _wait_for_the_last(self) -> None:
        """The first process is gone; the others in the box follow it at once, and then their end of a pipe closes."""
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline and has_come(self._replies, END_SECONDS):
            try:
                if not os.read(self._replies, 1 << 20):
                    return
            except OSError:
                return


def kill_group(process: subprocess.Popen) -> None:
    """Kill a process that leads its group, with the group, and wait for it."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def has_come(fd: int, seconds: float) -> bool:
    """Whether there is something to read, or the end, within so many seconds. Not by select, which stops at fd 1023."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def make_pipe(reader: contextlib.ExitStack, writer: contextlib.ExitStack) -> tuple[int, int]:
    """A pipe whose ends are closed by the two stacks."""
    ends = os.pipe()
    reader.callback(os.close, ends[0])
    writer.callback(os.close, ends[1])
    return ends


def readable(data: bytes, closing: contextlib.ExitStack) -> int:
    """A descriptor from which these few bytes can be read."""
    fd, write = os.pipe()
    closing.callback(os.close, fd)
    with open(write, "wb") as file:
        file.write(data)
    return fd


# A box dies with the thread that started it (the kernel's "parent" in --die-with-parent is a thread), and a box may be
# warmed in one thread and used in another. So all of them are started by one thread that never ends.
_orders: queue.SimpleQueue | None = None
_owner = 0
_lock = threading.Lock()


def start(command: list[str], **settings: Any) -> subprocess.Popen:
    """subprocess.Popen, called in the thread that never ends."""
    global _orders, _owner
    with _lock:
        if _orders is None or _owner != os.getpid():  # a forked process has the variables, but not the thread
            _orders, _owner = queue.SimpleQueue(), os.getpid()
            threading.Thread(target=_start_forever, args=(_orders,), daemon=True, name="box starter").start()
    done: queue.SimpleQueue = queue.SimpleQueue()
    _orders.put((command, settings, done))
    result = done.get()
    if isinstance(result, BaseException):
        raise result
    return result


def _start_forever(orders: queue.SimpleQueue) -> None:
    while True:
        command, settings, done = orders.get()
        try:
            done.put(subprocess.Popen(command, **settings))
        except BaseException as error:
            done.put(error)
