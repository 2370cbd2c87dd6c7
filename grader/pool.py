"""Jobs run by a pool of processes on this machine; each worker has its own pipe, so a death costs only its own try.

Libraries were tried first. concurrent.futures gives up the whole pool when one worker is killed, and Pebble 5.2.3 does
so too, or waits forever, if the worker held the lock that its workers share. Here nothing is shared: whatever happens
to a worker at any moment, its pipe says so. Jobs and verdicts cross the pipe as plain bytes, never as pickles.
"""

import contextlib
import importlib
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from typing import Any

from grader.attempts import Check, Ledger, Settled, Work
from grader.environment import environment
from grader.paths import CourseError

JUDGE = "grader.judging.grade_submission"
SINGLE_THREADED = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
STARTING = 120.0
"""Seconds until a worker is ready; the first one waits for the import of torch."""
LARGEST = 64 * 2**20
"""Bytes of a verdict; a worker that announces more is out of its mind."""
VERDICT, PROBLEM, READY, REFUSED = b"V", b"P", b"R", b"N"
Prepare = Callable[[], Any]
"""Run in each worker before it gets a job: it gets the worker ready, or raises CourseError if nothing can be graded."""


def default_workers() -> int:
    """As many workers as this process may use cores."""
    return len(os.sched_getaffinity(0))


def warm_up(judge: str = JUDGE) -> None:
    """Have the judge imported while the caller does other things; `run` is then ready sooner."""
    _context(judge)
    with environment(SINGLE_THREADED), without_main():
        forkserver.ensure_running()


def run(
    works: Iterable[Work], workers: int, check: Check, judge: str = JUDGE, prepare: Prepare | None = None
) -> Iterator[Settled]:
    """Run jobs in processes and give the answers as they come, in any order.

    Leaving the iterator early (an exception, Ctrl-C) kills the workers at once.

    Args:
        works: what to run.
        workers: how many processes, at least 1.
        check: says whether verdict bytes are sound; see `grader.attempts.Check`.
        judge: dotted name of the function, bytes of a job to bytes of a verdict; imported only in the workers.
        prepare: see `Prepare`; it is pickled on its way to a worker.

    Raises:
        CourseError: no worker can be started, or one says that nothing can be graded.
    """
    works = list(works)
    ledger, waiting = Ledger(works, check), deque(works)
    crew: list[Worker] = []
    settled: list[Settled] = []
    proven = False  # that one worker got ready; if another one does not, that is its own trouble
    start = starter(judge, prepare)
    try:
        while ledger:
            while waiting and sum(worker.work is not None for worker in crew) < workers:
                worker = next((one for one in crew if one.work is None), None)
                if worker is None:
                    worker = start()
                    crew.append(worker)
                worker.take(waiting.popleft())
            yield from settled  # only now, so that nobody idles while the caller is busy with these
            settled = []
            for worker in awake(crew):
                work = worker.work
                settled += filter(None, [worker.look(ledger)])
                proven = proven or worker.ready
                if worker.refusal and not proven:
                    raise CourseError(worker.refusal)
                if worker.gone:
                    crew.remove(worker)
                if work and worker.work is None and ledger.is_open(work.key):
                    waiting.append(work)
        yield from settled
    finally:
        for worker in crew:
            worker.kill()


def awake(crew: list["Worker"]) -> list["Worker"]:
    """Wait until a worker has something to say, is dead or is out of time; returns those."""
    left = min((worker.deadline for worker in crew if worker.work), default=time.monotonic()) - time.monotonic()
    ready = wait([worker.pipe for worker in crew], timeout=max(0.0, left))
    now = time.monotonic()
    return [worker for worker in crew if worker.pipe in ready or (worker.work and now >= worker.deadline)]


def starter(judge: str, prepare: Prepare | None) -> Callable[[], "Worker"]:
    """What starts a worker: forked from a server process that has imported the judge, so that it costs that once."""
    context = _context(judge)
    return lambda: Worker(context, judge, prepare)


def _context(judge: str) -> multiprocessing.context.BaseContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([judge.rpartition(".")[0]])
    return context


class Worker:
    """One process of the pool, seen from the coordinator.

    Attributes:
        work: what it is at, or None.
        deadline: when (`time.monotonic`) that is given up.
        gone: whether it is dead.
        ready: whether it can grade.
        refusal: why it cannot, a sentence; "" if it did not say so.
    """

    def __init__(self, context: multiprocessing.context.BaseContext, judge: str, prepare: Prepare | None) -> None:
        self.pipe, far_end = context.Pipe()
        self.process = context.Process(target=serve, args=(far_end, judge, prepare), name="grading", daemon=True)
        self.gone, self.ready, self.refusal = False, False, ""
        self.work: Work | None = None
        self.deadline = 0.0
        try:
            with environment(SINGLE_THREADED), without_main():
                self.process.start()
        except (OSError, EOFError) as error:
            self.pipe.close()
            raise CourseError(f"No worker can be started here ({type(error).__name__}: {error}).") from error
        finally:
            far_end.close()

    def take(self, work: Work) -> None:
        """Set it to work; a worker that is still starting gets the job when it says that it is ready."""
        self.work = work
        self.deadline = time.monotonic() + STARTING
        if self.ready:
            self._send()

    def _send(self) -> None:
        self.deadline = time.monotonic() + self.work.seconds
        with contextlib.suppress(OSError):  # dead: its pipe will say so
            self.pipe.send_bytes(self.work.job)

    def look(self, ledger: Ledger) -> Settled | None:
        """Take what the worker has to say, or notice that it is dead or too late, and note it."""
        try:
            message = self.pipe.recv_bytes(LARGEST) if self.pipe.poll() else None
        except (EOFError, OSError):
            self.kill()
            return self._failed(ledger, f"the worker died ({how_it_ended(self.process.exitcode)})")
        if message is None:
            self.kill()
            what = f"no verdict after {self.work.seconds:.0f} s" if self.ready else f"not started in {STARTING:.0f} s"
            return self._failed(ledger, what, final=self.ready)
        kind, rest = message[:1], message[1:]
        if kind == REFUSED:
            self.kill()
            self.refusal = rest.decode(errors="replace")
            return self._failed(ledger, self.refusal)
        if kind == READY:
            self.ready = True
            self._send()
            return None
        work, self.work = self.work, None
        if kind == VERDICT:
            return ledger.arrived(work.key, rest)
        return ledger.failed(work.key, rest.decode(errors="replace"))

    def _failed(self, ledger: Ledger, problem: str, final: bool = False) -> Settled | None:
        work, self.work = self.work, None
        return ledger.failed(work.key, problem, final) if work else None

    def kill(self) -> None:
        """End the process, whatever it does; what it holds in a box ends with it."""
        self.gone = True
        self.process.kill()
        self.process.join()
        self.pipe.close()


def serve(pipe: Connection, judge: str, prepare: Prepare | None) -> None:
    """The life of a worker: a job in, a verdict out, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the coordinator's
    die_with_the_coordinator()
    grade_submission = load(judge)
    single_threaded()
    try:
        if prepare:
            prepare()
    except CourseError as error:
        pipe.send_bytes(REFUSED + str(error).encode(errors="replace"))
        return
    pipe.send_bytes(READY)
    while True:
        try:
            job = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        try:
            message = VERDICT + grade_submission(job)
        except Exception:  # a fault of the grader's own: told to the coordinator, who tries again
            message = PROBLEM + traceback.format_exc().encode(errors="replace")
        try:
            pipe.send_bytes(message)
        except OSError:
            return


def load(name: str) -> Callable[[bytes], bytes]:
    """The function of a dotted name."""
    module, _, function = name.rpartition(".")
    return getattr(importlib.import_module(module), function)


def single_threaded() -> None:
    """One thread for torch: the workers share out the cores between them."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def die_with_the_coordinator() -> None:
    """Watch the coordinator in a thread: if it is killed, nobody waits for the verdict."""

    def watch() -> None:
        multiprocessing.parent_process().join()
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="watch", daemon=True).start()


def how_it_ended(code: int | None) -> str:
    """A process's exit code in words."""
    if code is not None and code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"


@contextlib.contextmanager
def without_main() -> Iterator[None]:
    """Keep a process that is started from importing the main module once more: a worker needs nothing of it."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
