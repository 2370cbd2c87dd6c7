"""How much of the processor a box uses: unlike the wall's clock, this one stands still while other programs run."""

import contextlib

import psutil

LOOK_SECONDS = 0.5
"""So often a box that is at work is looked at."""


class ProcessorClock:
    """Seconds of the processor that a process and all that came of it have used since the first look.

    Args:
        pid: of the process; its descendants are found anew at every look.
    """

    def __init__(self, pid: int):
        self._pid = pid
        self._first: float | None = None

    def look(self) -> float:
        """The seconds; 0 at the first look, and where the machine does not tell them."""
        used = _used(self._pid)
        if self._first is None:
            self._first = used
        return max(0.0, used - self._first)


def _used(pid: int) -> float:
    total = 0.0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                times = one.cpu_times()
                total += times.user + times.system
    return total
