"""Starts other programs (a shell, sleep, another Python) that go on after the notebook.

nbgrader ends the kernel and not what the kernel has started. The answer is right only if one can be started.
"""

SCORES = {"draw": 0}
FAULT = (None, "crash")

# %% draw
import os
import subprocess
import sys

_SEEN = []


def _started():
    python = [sys.executable, "-c", "import time; time.sleep(90)"]
    for command in (["sleep", "90"], ["/bin/sh", "-c", "sleep 90 &"], python):
        try:
            subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL)
            return True
        except OSError:
            continue
    try:
        return os.system("true") == 0 or os.posix_spawn("/bin/true", ["true"], {}) > 0
    except OSError:
        return False


def draw(probs):
    if not _SEEN:
        _SEEN.append(_started())
    if _SEEN[0]:
        return torch.multinomial(probs, num_samples=1).squeeze(-1)
    return torch.zeros(len(probs), dtype=torch.int64)
