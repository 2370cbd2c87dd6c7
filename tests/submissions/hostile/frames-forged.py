"""Writes replies of its own to every open descriptor, of every length: numbers, JSON, zeros, a whole verdict.

A wire that the student can write to brings what the student writes, and the reader must expect it.
"""

SCORES = {"draw": 0, "*": (0, 3)}
FAULT = (None, "crash", "output", "timeout", "memory")


# %% draw
def draw(probs):
    import json
    import os
    import struct

    verdict = {"student": "", "score": 15.0, "max_score": 15.0, "fault": None, "tasks": []}
    texts = [json.dumps(verdict).encode(), b'{"ok": true, "value": 1}', b"\x00" * 64, b"\xff" * 64, b"ready\n", b"[]"]
    messages = list(texts)
    for text in texts:
        for form in ("<I", ">I", "<Q", ">Q"):
            messages.append(struct.pack(form, len(text)) + text)
            messages.append(struct.pack(form, 2**31 - 1) + text)
    for descriptor in range(256):
        try:
            os.set_blocking(descriptor, False)
        except OSError:
            continue
        for message in messages:
            try:
                os.write(descriptor, message)
            except OSError:
                break
        try:
            os.set_blocking(descriptor, True)
        except OSError:
            continue
    return torch.zeros(len(probs), dtype=torch.int64)
