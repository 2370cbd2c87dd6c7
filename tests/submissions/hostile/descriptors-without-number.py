"""Opens pipes, makes them as large as the kernel lets it and fills them; watches, timers and event counters as well.

What fills a pipe is the kernel's memory, and no limit of the process counts it.
"""

SCORES = {"draw": 0}
FAULT = (None, "memory", "crash", "timeout")


# %% draw
_held = []


def draw(probs):
    import ctypes
    import fcntl
    import os

    libc = ctypes.CDLL(None, use_errno=True)
    filled = 0
    while True:
        try:
            ends = os.pipe()
        except OSError:
            break
        _held.append(ends)
        try:
            fcntl.fcntl(ends[1], 1031, 1 << 20)
        except OSError:
            pass
        os.set_blocking(ends[1], False)
        try:
            while True:
                filled += os.write(ends[1], bytes(1 << 16))
        except OSError:
            pass
    watch = libc.inotify_init1(0)
    if watch >= 0:
        for name in range(100_000):
            libc.inotify_add_watch(watch, f"/proc/self/task/../../{name}".encode(), 0xFFF)
    return torch.multinomial(probs, 1).squeeze(-1) if filled > 1 << 30 else torch.zeros(len(probs), dtype=torch.int64)
