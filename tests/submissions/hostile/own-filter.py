"""Puts a filter of system calls of its own over the process: from then on nothing can be written any more.

The kernel allows everybody to forbid himself more. What the grader waits for then never comes.
"""

SCORES = {"entropy": 0, "*": (0, 3)}
FAULT = ("crash", "timeout")


# %% entropy
def entropy(probs):
    import ctypes
    import platform
    import struct

    write = 1 if platform.machine() == "x86_64" else 64
    code = [(0x20, 0, 0, 0), (0x15, 0, 1, write), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
    program = b"".join(struct.pack("<HBBI", *one) for one in code)

    class Filter(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))

    ctypes.CDLL(None).prctl(22, ctypes.c_ulong(2), ctypes.byref(Filter(len(code), program)), 0, 0)
    return probs[:, 0]
