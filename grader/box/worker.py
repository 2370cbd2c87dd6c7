"""Inside the box: loads a student's cells and calls their functions when the grader asks.

Run as `python worker.py REPLY_FD MEMORY THREADS DEVICE SEED REPLY_BYTES PACKAGE_FOLDER...`; requests come on standard
input. Everything here can be changed by the student's code that it runs, so it decides nothing: the grader believes
none of its words (see grader.box.wire) and keeps the clock and the cases itself.
"""

import os
import sys


def main() -> None:
    """Get away from the standard streams, import torch, set the last limits, and answer until the grader hangs up."""
    reply_fd, memory, threads, device, seed, reply_bytes = sys.argv[1:7]
    requests = os.dup(0)
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdout.reconfigure(line_buffering=True)  # in the order in which it was printed
    sys.path += [*sys.argv[7:], os.path.dirname(os.path.abspath(__file__))]
    sys.argv[:] = ["hw_sampler"]
    import gc

    gc.disable()  # a tenth of the start
    from serving import Worker

    gc.freeze()
    gc.enable()
    worker = Worker(requests, int(reply_fd), device, int(seed), int(reply_bytes))
    last_limits(int(memory), int(threads))
    worker.run()


def last_limits(memory: int, threads: int) -> None:
    """Limits that would count Python and torch, too: `memory` bytes on top of what is mapped now (0: no limit)."""
    import resource

    if memory:
        with open("/proc/self/statm", encoding="ascii") as file:
            mapped = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (mapped + memory, mapped + memory))
    resource.setrlimit(resource.RLIMIT_NPROC, (threads, threads))


if __name__ == "__main__":
    main()
