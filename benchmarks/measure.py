"""Timing in turns with a peer, memory at its peak, and what a measurement is worth beside its target."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile


@dataclass(frozen=True)
class Target:
    """What was promised: a row's figure is at least, or at most, ``limit``."""

    at_least: bool
    limit: float

    def met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def margin(self, value: float) -> float:
        """How many times better than promised; 1 is just so."""
        return value / self.limit if self.at_least else self.limit / max(value, 1e-12)


@dataclass
class Row:
    """One line of the table.

    ``ours`` and ``peer`` hold one figure a run, in ``unit``. The line's own figure is the median of ``figures``: how
    many times faster than the peer ("faster"), how many times the peer's time ("times"), or ours itself ("value").
    """

    section: str
    what: str
    setting: str
    ours: list[float]
    peer: list[float] = field(default_factory=list)
    unit: str = "ms"
    kind: str = "faster"
    target: Target | None = None

    @property
    def figures(self) -> list[float]:
        if self.kind == "value":
            return self.ours
        pairs = zip(self.ours, self.peer, strict=True)
        return [peer / ours if self.kind == "faster" else ours / peer for ours, peer in pairs]

    @property
    def figure(self) -> float:
        return statistics.median(self.figures)

    @property
    def met(self) -> bool | None:
        return None if self.target is None else self.target.met(self.figure)

    def as_json(self) -> dict:
        return {
            "section": self.section,
            "what": self.what,
            "setting": self.setting,
            "unit": self.unit,
            "kind": self.kind,
            "ours": self.ours,
            "peer": self.peer or None,
            "figure": {"median": self.figure, "low": min(self.figures), "high": max(self.figures)},
            "target": self.target and {"at_least" if self.target.at_least else "at_most": self.target.limit},
            "met": self.met,
        }


def at_least(limit: float) -> Target:
    return Target(True, limit)


def at_most(limit: float) -> Target:
    return Target(False, limit)


def milliseconds(work: Callable[[], object], seconds: float = 0.0) -> float:
    """The mean time of a call, over as many calls as fit into ``seconds``, one at least. A GPU is waited for."""
    _wait_for_gpu()
    calls, start = 0, time.perf_counter()
    while True:
        work()
        _wait_for_gpu()
        calls += 1
        if (spent := time.perf_counter() - start) >= seconds:
            return 1000 * spent / calls


def _wait_for_gpu() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def alternate(
    ours: Callable[[], object], peer: Callable[[], object], runs: int, seconds: float = 0.0, warm_up: bool = True
) -> tuple[list[float], list[float]]:
    """Times in milliseconds, ours and the peer's, in turns and now the one first, now the other.

    So what disturbs the machine disturbs both.
    """
    if warm_up:
        ours()
        peer()
    times: tuple[list[float], list[float]] = ([], [])
    for run in range(runs):
        both = [(times[0], ours), (times[1], peer)]
        for found, work in both if run % 2 == 0 else reversed(both):
            found.append(milliseconds(work, seconds))
    return times


def peak_extra_bytes(work: Callable[[], object]) -> int:
    """The most that torch had allocated at a time while working, above what it had before: by its own profiler."""
    _wait_for_gpu()
    with _silent(), profile(activities=[ProfilerActivity.CPU], profile_memory=True, acc_events=True) as trace:
        kept = work()
    events = [event for event in trace.profiler.kineto_results.events() if event.name() == "[memory]"]
    held = peak = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    del kept
    return peak


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Nothing reaches stdout and stderr: the profiler writes there past Python."""
    sys.stdout.flush()
    sys.stderr.flush()
    before = [(fd, os.dup(fd)) for fd in (1, 2)]
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        for fd, _ in before:
            os.dup2(nothing, fd)
        yield
    finally:
        for fd, copy in before:
            os.dup2(copy, fd)
            os.close(copy)
        os.close(nothing)


def peak_process_bytes(work: Callable[[], object]) -> int:
    """The most resident memory of the process while working, above what it had before (Linux)."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what was freed before must not hide what is taken now
    Path("/proc/self/clear_refs").write_text("5")  # begin the peak anew
    before = _status("VmRSS")
    work()
    return max(0, _status("VmHWM") - before)


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


def machine() -> dict[str, object]:
    """The machine and the versions that a figure belongs to."""
    import transformers

    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    capability = torch.backends.cpu.get_cpu_capability()
    return {
        "cpu": names[0] if names else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "threads": torch.get_num_threads(),
        "capability": capability + (" with bfloat16" if torch.ops.mkldnn._is_mkldnn_bf16_supported() else ""),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "python": platform.python_version(),
        "load_average": os.getloadavg()[0],
        "date": time.strftime("%Y-%m-%d"),
    }
