"""The system calls that the box refuses: a small BPF program for bubblewrap's `--seccomp`, built here byte by byte.

Namespaces hide the host's files, processes and network, but leave open AF_VSOCK, the kernel's keyrings, locks on files
that others read, new processes, and memory that no limit counts. Each refused call is in `REFUSED` with its numbers.
A forbidden call answers EPERM, so that Python raises PermissionError; one that came after this list is not there; a
program of a foreign architecture is killed.

The form of the program: Linux, Documentation/userspace-api/seccomp_filter.rst. Numbers: asm/unistd_64.h and
asm-generic/unistd.h.
"""

import errno
import platform
import struct

from grader.paths import CourseError

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32_BIT = 0x40000000
CLONE_THREAD = 0x00010000
FCNTL_LOCKS = (6, 7, 37, 38, 1024)
"""F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW, F_SETLEASE: the same numbers on both architectures."""

# name: (x86_64, aarch64); None where the architecture has no such call
CLONE = (56, 220)
FCNTL = (72, 25)
NOT_THERE = {"clone3": (435, 435)}
"""Answered ENOSYS: its flags lie in memory where a filter can't look, and glibc then makes its threads with clone."""
FIRST_NEW = 449
"""This number and those above answer ENOSYS, known or not: calls since Linux 5.16, which no library relies on yet."""

REFUSED: dict[str, tuple[int | None, int | None]] = {
    # processes: threads are made by clone and stay possible
    "fork": (57, None), "vfork": (58, None),
    # network and sockets of any family
    "socket": (41, 198), "socketpair": (53, 199),
    # keyrings
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440),
    # locks on files that the host reads too
    "flock": (73, 32),
    # memory that no limit counts: it outlives the mapping
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "semget": (64, 190),
    "msgget": (68, 186), "mq_open": (240, 180), "inotify_init": (253, None), "inotify_init1": (294, 26),
    # a pipe that holds 4 kB of a huge page holds all of its 2 MB, also when it is mapped no more
    "vmsplice": (278, 75), "splice": (275, 76), "tee": (276, 77),
    # namespaces and mounts
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    # what all of the machine has in common: its number of asynchronous contexts, the writing out of its file systems
    "io_setup": (206, 0), "sync": (162, 81), "syncfs": (306, 267),
    # parts of the kernel with a long record of holes
    "bpf": (321, 280), "userfaultfd": (323, 282), "perf_event_open": (298, 241), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "fanotify_init": (300, 262),
    "modify_ldt": (154, None), "personality": (135, 92),
    # the machine itself
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89),
    "syslog": (103, 116), "quotactl": (179, 60), "quotactl_fd": (443, 443), "iopl": (172, None), "ioperm": (173, None),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "sethostname": (170, 161), "setdomainname": (171, 162), "vhangup": (153, 58), "lookup_dcookie": (212, 18),
}  # fmt: skip

# The words of a BPF instruction: load a 32-bit word of seccomp_data, jumps, return.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NR, _ARCH, _ARG0, _ARG1 = 0, 4, 16, 24  # offsets in struct seccomp_data; the low halves of the arguments
_KILL, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000


FORKS = frozenset({"fork", "vfork"})

# What a submission in a box that is used again is refused as well: see grader.box.forked.
OTHER_PROCESSES: dict[str, tuple[int | None, int | None]] = {
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424), "process_mrelease": (448, 448), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "sched_setscheduler": (144, 119), "sched_setparam": (142, 118), "sched_setattr": (314, 274),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
}  # fmt: skip
OWN_PROCESS_ONLY: dict[str, tuple[int, int]] = {
    "kill": (62, 129), "tgkill": (234, 131), "prlimit64": (302, 261), "sched_setaffinity": (203, 122),
}  # fmt: skip
"""Calls whose first argument is a process."""
THIS_PROCESS = {"prlimit64", "sched_setaffinity"}
"""Those for which 0 is the calling process."""
FCNTL_OWNERS = (8, 10, 15)
"""F_SETOWN, F_SETSIG, F_SETOWN_EX: signals to whom one likes."""


def program(device: str = "cpu", machine: str | None = None, forks: bool = False) -> bytes:
    """The filter as bubblewrap reads it: 8 bytes for each instruction.

    Args:
        device: "cuda" leaves memfd_create open, which the driver uses; memory isn't limited there anyway.
        forks: allow new processes (for a template, in which no student code runs).
        machine: as platform.machine() says it; by default this one.

    Raises:
        CourseError: there are no numbers for this architecture.
    """
    machine = machine or platform.machine()
    column = _column(machine)
    refused = {
        numbers[column]
        for name, numbers in REFUSED.items()
        if numbers[column] is not None
        and not (device == "cuda" and name == "memfd_create")
        and not (forks and name in FORKS)
    }
    code = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NR),
    ]
    if machine == "x86_64":
        code += [(_AT_LEAST, 0, 1, X32_BIT), (_RETURN, 0, 0, _KILL)]
    for number in sorted(refused):
        code += [(_EQUAL, 0, 1, number), _answer(errno.EPERM)]
    code += [(_AT_LEAST, 0, 1, FIRST_NEW), _answer(errno.ENOSYS)]
    for numbers in NOT_THERE.values():
        code += [(_EQUAL, 0, 1, numbers[column]), _answer(errno.ENOSYS)]
    if not forks:
        code += [
            (_EQUAL, 0, 4, CLONE[column]),
            (_LOAD, 0, 0, _ARG0),
            (_ANY_BIT, 1, 0, CLONE_THREAD),
            _answer(errno.EPERM),
            (_RETURN, 0, 0, _ALLOW),
        ]
    return _packed([*code, *_without_fcntl(column, FCNTL_LOCKS)])


def last_program(own_pid: bytes, machine: str | None = None) -> bytes:
    """The second filter, over a submission in a box that is used again: nothing reaches another process.

    Args:
        own_pid: 4 bytes that stand for the process it will be for, and are replaced there.
        machine: as for `program`.
    """
    column, own = _column(machine or platform.machine()), int.from_bytes(own_pid, "little")
    code = [(_LOAD, 0, 0, _NR)]
    for numbers in OTHER_PROCESSES.values():
        code += [(_EQUAL, 0, 1, numbers[column]), _answer(errno.EPERM)]
    for name, numbers in OWN_PROCESS_ONLY.items():
        allowed = [own, 0] if name in THIS_PROCESS else [own]
        code += [(_EQUAL, 0, 3 + len(allowed), numbers[column]), (_LOAD, 0, 0, _ARG0)]
        code += [(_EQUAL, len(allowed) - i, 0, pid) for i, pid in enumerate(allowed)]
        code += [_answer(errno.EPERM), (_RETURN, 0, 0, _ALLOW)]
    return _packed([*code, *_without_fcntl(column, FCNTL_OWNERS)])


def _column(machine: str) -> int:
    """Which of the two numbers of a call counts on this architecture."""
    if machine not in AUDIT_ARCH:
        raise CourseError(f"The box has no filter of system calls for {machine}: grade on x86_64 or aarch64.")
    return list(AUDIT_ARCH).index(machine)


def _without_fcntl(column: int, commands: tuple[int, ...]) -> list[tuple[int, int, int, int]]:
    """The end of a program: all that is left is allowed but fcntl with these commands."""
    code = [(_EQUAL, 0, 1 + len(commands), FCNTL[column]), (_LOAD, 0, 0, _ARG1)]
    code += [(_EQUAL, len(commands) - i, 0, command) for i, command in enumerate(commands)]
    return [*code, (_RETURN, 0, 0, _ALLOW), _answer(errno.EPERM)]


def _packed(code: list[tuple[int, int, int, int]]) -> bytes:
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


def _answer(number: int) -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, _ERRNO | number)
