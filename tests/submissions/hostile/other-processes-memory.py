"""Reads the memory of another Python process (process_vm_readv, ptrace, /proc/PID/mem).

The process that holds the cases belongs to the same user as the student's. Right only if its memory can be read.
"""

SCORES = {"entropy": 0}

# %% entropy
import ctypes
import os

_SEEN = []


def _readable():
    libc = ctypes.CDLL(None, use_errno=True)
    for process in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            if process == os.getpid() or "python" not in os.readlink(f"/proc/{process}/exe"):
                continue
            with open(f"/proc/{process}/maps") as maps:
                start = next(int(line.split("-")[0], 16) for line in maps if " rw-p " in line)
            with open(f"/proc/{process}/mem", "rb", 0) as memory:
                memory.seek(start)
                if memory.read(1):
                    return True
        except (OSError, StopIteration):
            continue
        byte = ctypes.create_string_buffer(1)
        here, there = (ctypes.c_size_t * 2)(ctypes.addressof(byte), 1), (ctypes.c_size_t * 2)(start, 1)
        if libc.process_vm_readv(process, here, 1, there, 1, 0) == 1:
            return True
    return False


def entropy(probs):
    if not _SEEN:
        _SEEN.append(_readable())
    return -torch.xlogy(probs, probs).sum(dim=-1) if _SEEN[0] else torch.zeros(len(probs))
