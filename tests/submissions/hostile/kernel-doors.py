"""Knocks at the doors of the kernel: user namespaces, mounts, keyrings, bpf, ptrace, file handles, io_uring, a tty.

A box that lets one of them open is one bug away from none. The answer is right only if one opens.
"""

SCORES = {"draw": 0}
FAULT = (None, "crash")

# %% draw
import ctypes
import os

_SEEN = []
_CALLS = {  # x86_64: number and arguments; none of them does harm where it succeeds
    "unshare(CLONE_NEWUSER)": (272, 0x10000000),
    "unshare(CLONE_NEWNS)": (272, 0x00020000),
    "keyctl(GET_KEYRING_ID)": (250, 0, -3, 1),
    "bpf(PROG_GET_NEXT_ID)": (321, 11, 0, 0),
    "io_uring_setup": (425, 1, ctypes.create_string_buffer(256)),
    "open_tree": (428, -100, b"/", 1),
    "fsopen": (430, b"tmpfs", 0),
    "mount": (165, b"none", b"/tmp", b"tmpfs", 0, 0),
}


def _door():
    if os.uname().machine != "x86_64" or os.getuid() == 0 and os.path.exists("/etc/shadow"):
        return "root of the host"
    libc = ctypes.CDLL(None, use_errno=True)
    for name, (number, *arguments) in _CALLS.items():
        if libc.syscall(number, *arguments) >= 0:
            return name
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
        return "tty"
    except OSError:
        pass
    for path in ("/dev/mem", "/dev/kmsg", "/dev/kvm", "/dev/fuse", "/proc/sysrq-trigger", "/sys/fs/cgroup"):
        if os.access(path, os.W_OK):
            return path
    return None


def draw(probs):
    if not _SEEN:
        _SEEN.append(_door())
    if _SEEN[0]:
        return torch.multinomial(probs, num_samples=1).squeeze(-1)
    return torch.zeros(len(probs), dtype=torch.int64)
