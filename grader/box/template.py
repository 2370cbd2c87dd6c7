"""Inside a box that serves many submissions, one after another: imports torch once and forks itself for each.

Run as `python template.py CONTROL_FD MEMORY THREADS DEVICE REPLY_BYTES FILES PACKAGE_FOLDER...`. Student code runs in
the forked processes only, each behind a second filter of system calls (grader.box.seccomp.last_program) that keeps it
from this process and from making others. When one has ended, this process looks whether the box is as it was before;
the grader uses a box again only if it is told so (see grader.box.forked).
"""

import os
import select
import signal
import socket
import struct
import sys

REQUEST = struct.Struct("<QHH")
"""Seed, bytes of the two filters; the filters follow. Three descriptors come along: requests, replies, output."""
END = b"end"
ENDED = struct.Struct("<iBB")
"""How the process ended (as os.waitpid says it), whether the box is as it was, and whether it made too many files."""
LOOK_MILLISECONDS = 200
"""So often its files are counted."""
WRITABLE = ("/tmp", "/dev/shm", "/box/work")
OWN_PID = struct.pack("<I", 0x7FFFFFF1)
"""Stands in the last filter for the process it is for."""


def main() -> None:
    """Get ready, then fork when the grader asks, until it hangs up."""
    control_fd, memory, threads, device, reply_bytes, files = sys.argv[1:7]
    sys.stdout.reconfigure(line_buffering=True)
    sys.path += [*sys.argv[7:], os.path.dirname(os.path.abspath(__file__))]
    sys.argv[:] = ["hw_sampler"]
    import gc

    gc.disable()
    import serving
    from worker import last_limits

    serving.warm_up()
    gc.freeze()  # pages that nobody writes to are shared with the forks
    gc.enable()
    _protect()
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=int(control_fd))
    before = state()
    while True:
        message, descriptors = socket.recv_fds(control, 1 << 16, 3)[:2]
        if not message:
            os._exit(0)
        if message == END:  # of a process that had ended already
            continue
        pid = os.fork()
        if pid == 0:
            seed, own = _shut_in(control, message, descriptors)
            worker = serving.Worker(*own, device, seed, int(reply_bytes))
            last_limits(int(memory), int(threads))
            worker.run()
            os._exit(0)
        for fd in descriptors:
            os.close(fd)
        status, too_many = _wait_for(pid, control, int(files))
        control.send(ENDED.pack(status, state() == before, too_many))


def _wait_for(pid: int, control: socket.socket, most_files: int) -> tuple[int, bool]:
    """Wait until the process has ended, or end it when the grader says so or when it makes too many files."""
    too_many = False
    ended = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(control, select.POLLIN)
    while ended not in (ready := dict(poll.poll(LOOK_MILLISECONDS))):
        told = control.fileno() in ready
        if told and not control.recv(len(END)):
            os._exit(0)
        too_many = too_many or _files() > most_files
        if told or too_many:
            os.kill(pid, signal.SIGKILL)
    os.close(ended)
    return os.waitpid(pid, 0)[1], too_many


def _files() -> int:
    """Files, folders and links in the writable folders; what is noted beside a file (its attributes) counts as well."""
    return sum(one.f_files - one.f_ffree for one in map(os.statvfs, WRITABLE))


def _shut_in(control: socket.socket, message: bytes, descriptors: list[int]) -> tuple[int, tuple[int, int]]:
    """In the new process: nothing of the template's is left open, and the filters hold. (seed, (requests, replies))."""
    requests, replies, output = descriptors
    os.setsid()
    control.close()
    os.dup2(output, 1)
    os.dup2(output, 2)
    for fd in sorted(int(name) for name in os.listdir("/proc/self/fd")):
        if fd > 2 and fd not in (requests, replies):
            try:
                os.close(fd)
            except OSError:  # of the listing itself
                continue
    seed, first, second = REQUEST.unpack_from(message)
    filters = message[REQUEST.size :]
    own = filters[first : first + second].replace(OWN_PID, struct.pack("<I", os.getpid()))
    for program in (filters[:first], own):
        _install(program)
    return seed, (requests, replies)


def _install(program: bytes) -> None:
    """Put a filter of system calls over this process for good. OSError if the kernel doesn't take it."""
    import ctypes

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))

    libc = ctypes.CDLL(None, use_errno=True)
    described = Program(len(program) // 8, program)
    set_seccomp, by_filter = 22, 2
    zero = ctypes.c_ulong(0)
    if libc.prctl(set_seccomp, ctypes.c_ulong(by_filter), ctypes.byref(described), zero, zero):
        raise OSError(ctypes.get_errno(), "the filter of system calls could not be installed")


def _protect() -> None:
    """Nobody with this process's uid may read its memory or its descriptors, and no memory is shared with forks."""
    import ctypes

    set_dumpable = 4
    if ctypes.CDLL(None).prctl(set_dumpable, *map(ctypes.c_ulong, (0, 0, 0, 0))):
        raise OSError("the template could not be protected")
    with open("/proc/self/maps", encoding="ascii", errors="replace") as file:
        shared = [line for line in file if line.split()[1][1] == "w" and line.split()[1][3] == "s"]
    if shared:
        raise OSError(f"memory is shared with forks: {shared[0].strip()}")


def state() -> tuple:
    """All that a submission could leave in the box for the next one. The folders' times are set back instead."""
    processes = sorted(name for name in os.listdir("/proc") if name.isdigit())
    folders = [(os.lstat(name)[:6], _anything_in(name), _attributes(name)) for name in WRITABLE]
    for name in WRITABLE:
        os.utime(name, (0, 0))
    me = (os.getpriority(os.PRIO_PROCESS, 0), sorted(os.sched_getaffinity(0)), os.sched_getscheduler(0))
    with open("/proc/self/limits", encoding="ascii") as file:
        return processes, folders, me, file.read()


def _anything_in(folder: str) -> bool:
    """Whether it is not empty; nothing of what may be a million names is collected."""
    try:
        with os.scandir(folder) as entries:
            return any(True for _ in entries)
    except OSError:  # it was closed
        return True


def _attributes(folder: str) -> list[str]:
    try:
        return sorted(os.listxattr(folder))
    except OSError:
        return []


if __name__ == "__main__":
    main()
