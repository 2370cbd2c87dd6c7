"""Replaces its own process by another program (exec), in the hope that the new one is under no limits.

The wire is inherited, the filters of Python are not.
"""

SCORES = {"entropy": 0}
FAULT = (None, "crash", "timeout")


# %% entropy
def entropy(probs):
    import os
    import sys

    for descriptor in range(3, 64):
        try:
            os.set_inheritable(descriptor, True)
        except OSError:
            continue
    writing = "import os\nfor n in range(3, 64):\n  try: os.write(n, b'score 15')\n  except OSError: pass\n"
    for command in ([sys.executable, "-c", writing + "import time; time.sleep(60)"], ["/bin/sleep", "60"]):
        os.execv(command[0], command)
