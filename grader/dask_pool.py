"""Jobs run by a Dask cluster: the same function, the same bytes, on machines that have this kit installed.

What students wrote reaches the cluster only inside a job's bytes, and only the box there runs it. Each job is sent to
one free worker and nowhere else: left to itself, Dask moves the jobs of a dead worker to the others and gives up those
that were near too many deaths, guilty or not. Here a death is one failed try of the one job that the worker was at.
"""

import asyncio
import json
import queue
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from grader.attempts import Check, Ledger, Settled, Work
from grader.paths import CourseError
from grader.pool import JUDGE, load, single_threaded

CONNECTING = 20.0
"""Seconds to find the scheduler, and then to see its first worker."""
LOOKING = 0.5
"""Seconds between two looks at the cluster while no answer comes."""
FETCHING = 60.0
"""Seconds to fetch a verdict from the worker that has it; it may have died since."""
ONE_AT_A_TIME = threading.Lock()
"""Held in a worker's process while it grades: its threads would share torch's random numbers."""


def run(
    works: Iterable[Work],
    scheduler: str,
    check: Check,
    judge: str = JUDGE,
    prepare: Callable[[], dict[str, Any]] | None = None,
    expected: dict[str, Any] | None = None,
) -> Iterator[Settled]:
    """Run jobs on a cluster and give the answers as they come, in any order.

    Args:
        works: what to run.
        scheduler: its address (tcp://host:8786, tls://...) or the path of its scheduler file.
        check: says whether verdict bytes are sound; see `grader.attempts.Check`.
        judge: dotted name of the function, bytes of a job to bytes of a verdict.
        prepare: run once on every worker that is there at the start; what it returns must be `expected`.
        expected: see `prepare`.

    Raises:
        CourseError: Dask is not installed, the scheduler or its workers cannot be reached, or a worker is not prepared.
    """
    works = list(works)
    ledger, waiting = Ledger(works, check), deque(works)
    with connected(scheduler) as client:
        if prepare:
            same_everywhere(client, prepare, expected or {})
        ended: queue.Queue = queue.Queue()
        running: dict[str, Try] = {}  # by Dask's key
        settled: list[Settled] = []
        try:
            while ledger:
                if client.status != "running":
                    raise CourseError(f"The Dask scheduler {scheduler} is gone; grade again to go on.")
                alive = set(client.nthreads())
                for worker in alive - {one.worker for one in running.values()}:
                    if waiting:
                        work = waiting.popleft()
                        future = submit(client, judge, work, worker)
                        running[future.key] = Try(work, worker, future)
                        future.add_done_callback(ended.put)
                yield from settled  # only now, so that nobody idles while the caller is busy with these
                settled = []
                over = [running.pop(future.key) for future in arrivals(ended) if future.key in running]
                over += [running.pop(one.future.key) for one in list(running.values()) if one.worker not in alive]
                for one in over:
                    settled += filter(None, [note(ledger, one, alive)])
                    if ledger.is_open(one.work.key):
                        waiting.append(one.work)
            yield from settled
        finally:
            if running and client.status == "running":
                client.cancel([one.future for one in running.values()], force=True)


@dataclass(frozen=True)
class Try:
    """One job on its way: the worker that has it, and Dask's future."""

    work: Work
    worker: str
    future: Any


def arrivals(ended: queue.Queue) -> list[Any]:
    """The futures that have ended; waits a moment for the first one."""
    found = []
    with suppress(queue.Empty):
        found.append(ended.get(timeout=LOOKING))
        while True:
            found.append(ended.get_nowait())
    return found


class OutOfTime(Exception):
    """A try took longer than it may."""


@contextmanager
def connected(scheduler: str) -> Iterator[Any]:
    """A client of the cluster, once it has a worker. TLS and the like come from Dask's own configuration."""
    try:
        from distributed import Client
    except ImportError as error:
        raise CourseError(
            "--dask needs Dask: install the kit with its extra, `pip install -e '.[cluster]'`."
        ) from error
    address = address_of(scheduler)
    check_certificates(address)
    try:
        asyncio.run(knock(address))
        client = Client(address, timeout=CONNECTING, set_as_default=False)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise CourseError(f"No Dask scheduler answers at {scheduler}: {error}") from error
    try:
        try:
            client.wait_for_workers(1, timeout=CONNECTING)
        except TimeoutError as error:
            raise CourseError(f"The Dask scheduler {scheduler} has no worker; start some and grade again.") from error
        yield client
    finally:
        client.close(timeout=5)


def address_of(scheduler: str) -> str:
    """The address that --dask names, or the one in the scheduler file that it names.

    Dask itself tries to reach whatever it is given, and takes its time. CourseError if it is neither.
    """
    from distributed.comm.addressing import parse_address, parse_host_port
    from distributed.comm.registry import get_backend

    address = scheduler
    if "://" not in scheduler:
        try:
            address = json.loads(Path(scheduler).read_text(encoding="utf-8"))["address"]
        except FileNotFoundError as error:
            raise CourseError(
                f"--dask {scheduler}: there is no such scheduler file, and an address looks like tcp://HOST:8786."
            ) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CourseError(f"--dask {scheduler} is no scheduler file of Dask's, or damaged: {error!r}") from error
    try:
        scheme, _ = parse_address(address, strict=True)
        get_backend(scheme)
        parse_host_port(address)
    except (ValueError, TypeError) as error:
        raise CourseError(
            f"--dask {scheduler}: {address!r} is no address of a scheduler, such as tcp://HOST:8786: {error}"
        ) from error
    return address


def check_certificates(address: str) -> None:
    """Raise CourseError if an encrypted scheduler is asked for and Dask's settings name no certificate."""
    from distributed.security import Security

    if not address.startswith("tls://"):
        return
    try:
        context = Security().get_connection_args("client").get("ssl_context")
    except OSError as error:
        raise CourseError(
            f"--dask {address}: the certificates that Dask's settings name cannot be read: {error}"
        ) from error
    if context is None:
        raise CourseError(
            f"--dask {address} needs a certificate, and Dask's settings here name none: see docs/clusters.md."
        )


async def knock(address: str) -> None:
    """Connect once and go: a `Client` would wait for ever where something answers that is not Dask.

    Raises:
        OSError: nobody answers, or not as Dask does.
    """
    from distributed.comm import connect
    from distributed.security import Security

    secured = Security().get_connection_args("client")
    try:
        comm = await asyncio.wait_for(connect(address, timeout=CONNECTING, **secured), CONNECTING + 1)
    except (TimeoutError, MemoryError) as error:  # its words, read as Dask's, make for a length of exabytes
        raise OSError("something answers there that is not Dask") from error
    await comm.close()


def submit(client: Any, judge: str, work: Work, worker: str) -> Any:
    """Send one job to one worker; the key is new, so that Dask never answers from its memory."""
    key = f"grade-{work.key}-{uuid4().hex}"
    where = {"workers": [worker], "allow_other_workers": False}
    return client.submit(judge_here, judge, work.job, work.seconds, key=key, pure=False, **where)


def note(ledger: Ledger, done: Try, alive: set[str]) -> Settled | None:
    """Note how a try ended; returns as the ledger does."""
    key, future = done.work.key, done.future
    if future.status == "pending" and done.worker not in alive:
        future.cancel(force=True)
        return ledger.failed(key, f"the worker {done.worker} died")
    if future.status not in ("finished", "error"):
        return ledger.failed(key, f"the cluster lost the job ({future.status})")
    try:
        return ledger.arrived(key, future.result(timeout=FETCHING))
    except Exception as error:  # of the grader's on the worker, or of Dask's
        text = "".join(traceback.format_exception_only(error)).strip()
        return ledger.failed(key, text, final=isinstance(error, OutOfTime))


def same_everywhere(client: Any, prepare: Callable[[], dict[str, Any]], expected: dict[str, Any]) -> None:
    """Raise CourseError unless every worker, once prepared, is as it should be."""
    for worker, found in client.run(prepare, on_error="return").items():
        if isinstance(found, Exception):
            raise CourseError(f"The Dask worker {worker} cannot grade: {found}") from found
        for name, value in expected.items():
            if found.get(name) != value:
                raise CourseError(
                    f"The Dask worker {worker} has another {name} ({found.get(name)}) than this machine ({value}): "
                    "install the same kit there."
                )


def judge_here(judge: str, job: bytes, seconds: float) -> bytes:
    """Grade one job on a worker.

    Raises:
        OutOfTime: it took longer than it may; the thread that is at it is left behind.
    """
    outcome: list[bytes] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            function = load(judge)
            single_threaded()
            outcome.append(function(job))
        except BaseException as error:  # raised again below, in the thread that Dask watches
            errors.append(error)

    with ONE_AT_A_TIME:
        thread = threading.Thread(target=work, name="grading", daemon=True)
        start = time.monotonic()
        thread.start()
        thread.join(seconds)
    if errors:
        raise errors[0]
    if not outcome:
        raise OutOfTime(f"no verdict after {time.monotonic() - start:.0f} s")
    return outcome[0]
