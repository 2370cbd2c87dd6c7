"""Patches struct.pack, os.write, json.dumps, sys.stdout and len when it is called, to have a say in the reply.

A reply that the student's process writes is the student's; it may be odd, but must not be more than an answer.
"""

SCORES = {"draw": 0, "*": (0, 3)}
FAULT = (None, "crash", "output", "timeout")


# %% draw
def draw(probs):
    import builtins
    import io
    import json
    import os
    import struct
    import sys

    def forged(*args, **kwargs):
        return b'{"score": 15.0, "fault": null}'

    struct.pack = struct.unpack = json.dumps = json.loads = forged
    write = os.write
    os.write = lambda where, what: write(where, forged()) and len(what)
    os.read = lambda *args: b""
    io.BytesIO = io.BufferedWriter = forged
    sys.stdout = sys.stderr = sys.stdin = None
    builtins.len = lambda thing: 0
    builtins.isinstance = lambda *args: True
    builtins.type = lambda *args: torch.Tensor
    return torch.zeros(1)
