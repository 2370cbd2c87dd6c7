"""What the preflight tries inside a box: {what: source of a function `probe`}. It returns "" if it was stopped.

The sources run as a student's cell does. They raise nothing, and say in a few words what they managed to do.
"""

_CALL = """\
import ctypes, errno, platform
libc = ctypes.CDLL(None, use_errno=True)

def system_call(x86_64, aarch64, *arguments):
    number = x86_64 if platform.machine() == "x86_64" else aarch64
    if number is None:
        return None
    if libc.syscall(number, *arguments) >= 0:
        return 0
    return ctypes.get_errno()
"""

PROBES: dict[str, str] = {
    "network": """
import socket
def probe():
    for family in ("AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG"):
        try:
            socket.socket(getattr(socket, family), socket.SOCK_DGRAM).close()
        except OSError:
            continue
        return f"a socket of {family} was opened"
    return ""
""",
    "keyrings": _CALL + """
def probe():
    return "keyctl answered" if system_call(250, 219, 0, -3, 0) == 0 else ""
""",
    "file locks": """
import fcntl
def probe():
    with open("/tmp/lock", "w") as file:
        for lock in (fcntl.flock, fcntl.lockf):
            try:
                lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            return f"{lock.__name__} took a lock"
    return ""
""",
    "new processes": """
import os, subprocess
def probe():
    for start in (os.fork, lambda: subprocess.Popen(["/box/python/bin/python3"])):
        try:
            if start() == 0:
                os._exit(0)
        except OSError:
            continue
        return "a process was started"
    return ""
""",
    "threads": """
import threading
def probe():
    seen = []
    thread = threading.Thread(target=seen.append, args=(1,))
    try:
        thread.start()
    except RuntimeError:
        return "threads can't be started, and right answers need them"
    thread.join()
    return ""
""",
    "namespaces and mounts": _CALL + """
def probe():
    if system_call(272, 97, 0x10000000) == 0:
        return "a user namespace was made"
    if system_call(165, 40, b"none", b"/tmp", b"tmpfs", 0, None) == 0:
        return "something was mounted"
    return ""
""",
    "ptrace": _CALL + """
def probe():
    calls = (("ptrace", (101, 117), (16, 1, 0, 0)), ("process_vm_readv", (310, 270), (1,) + (0,) * 5))
    for name, numbers, arguments in calls:
        if system_call(*numbers, *arguments) == 0:
            return f"{name} reached another process"
    return ""
""",
    "reading this machine's files": """
import os
def probe(folders):
    return "; ".join(f"{folder} is there" for folder in folders if os.path.lexists(folder))
""",
    "gradebook": """
import os
def probe():
    for folder, _, names in os.walk("/"):
        if folder == "/proc":
            _.clear()
        for name in names:
            if name.startswith("gradebook.db") or name == "nbgrader_config.py":
                return f"{folder}/{name} is there"
    return ""
""",
    "environment variables": """
import os
def probe(canary):
    seen = set(os.environ)
    try:
        with open("/proc/1/environ", "rb") as file:
            seen |= {entry.split(b"=")[0].decode() for entry in file.read().split(b"\\0") if entry}
    except OSError:
        pass
    return "those of the grader are seen" if canary in seen else ""
""",
    "inherited descriptors": """
import os
def probe():
    for fd in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            continue
        if target.startswith(("pipe:", "/dev/null", "/dev/nvidia")) or target.startswith("/proc/"):
            continue
        return f"descriptor {fd} is {target}"
    return ""
""",
    "writing": """
import os
def probe():
    with open("/proc/self/mounts") as file:
        folders = {line.split()[1] for line in file}
    folders |= {"/", "/box", "/box/kit", "/box/packages", "/box/packages/torch"}
    folders |= {"/usr", "/usr/lib", "/etc", "/dev", "/proc/sys/kernel"}
    for folder in sorted(folders - {"/tmp", "/dev/shm", "/box/work"}):
        target = os.path.join(folder, "written") if os.path.isdir(folder) else folder
        if folder.startswith(("/dev/", "/proc/")) and not os.path.isdir(folder):
            continue
        try:
            with open(target, "a"):
                return f"{target} was opened for writing"
        except OSError:
            continue
    files = ["/box/kit/worker.py", "/box/packages/torch/__init__.py", "/proc/sysrq-trigger", "/proc/pressure/memory"]
    for folder, _, names in os.walk("/proc/sys"):
        files += [os.path.join(folder, name) for name in names]
    for file in files:
        try:
            with open(file, "a"):
                return f"{file} was opened for writing"
        except OSError:
            continue
    return ""
""",
    "filling memory by files": """
import os
def probe():
    for folder in ("/tmp", "/dev/shm", "/box/work"):
        files, written = [], 0
        try:
            for number in range(64):
                files.append(os.path.join(folder, f"fill{number}"))
                with open(files[-1], "wb", buffering=0) as file:
                    try:
                        while True:
                            written += file.write(bytes(1 << 20))
                            if written > 1 << 30:
                                return f"a gigabyte was written to {folder}"
                    except OSError:
                        pass
        except OSError:
            pass
        for file in files:
            if os.path.exists(file):
                os.remove(file)
    return ""
""",
    "memory": """
def probe():
    with open("/proc/self/limits") as file:
        for line in file:
            if line.startswith("Max address space") and "unlimited" not in line:
                bound = int(line.split()[3])
                try:
                    bytearray(bound)
                except MemoryError:
                    return ""
                return "more memory was taken than allowed"
    return "" if device.type == "cuda" else "memory has no limit"
""",
    "memory in pipes": _CALL + """
import os
def probe():
    for name, numbers in (("vmsplice", (278, 75)), ("splice", (275, 76)), ("tee", (276, 77))):
        ends = os.pipe() + os.pipe()
        arguments = (ends[1], None, 0, 0) if name == "vmsplice" else (ends[0], None, ends[3], None, 0, 0)
        refused = system_call(*numbers, *(arguments if name != "tee" else (ends[0], ends[3], 0, 0)))
        for end in ends:
            os.close(end)
        if refused == 0:
            return f"{name} answered"
    return ""
""",
    "what the whole machine shares": _CALL + """
import os, struct
def probe():
    ends = os.pipe()
    root, room = struct.pack("IIQQ", 24, 0, 2**64 - 1, 0), ctypes.create_string_buffer(8)
    calls = (("io_setup", (206, 0), (1, room)), ("sync", (162, 81), ()), ("syncfs", (306, 267), (ends[0],)),
             ("listmount", (458, 458), (root, room, 1, 0)))
    answered = [name for name, numbers, arguments in calls if system_call(*numbers, *arguments) == 0]
    for end in ends:
        os.close(end)
    return ", ".join(f"{name} answered" for name in answered)
""",
    "hidden modules": """
import importlib
def probe():
    kits = ("course_lib.sampler", "course_lib.generation", "grader", "grader.cases", "rebuild", "tests")
    for name in ("transformers", "nbgrader", *kits):
        try:
            importlib.import_module(name)
        except ImportError:
            continue
        return f"{name} was imported"
    return ""
""",
    "host processes": """
import os
def probe():
    seen = [name for name in os.listdir("/proc") if name.isdigit()]
    return f"{len(seen)} processes are seen" if len(seen) > 3 else ""
""",
}  # fmt: skip

REUSE_PROBES: dict[str, str] = {
    "the box's template": _CALL + """
import os
def probe():
    others = [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
    return "; ".join(filter(None, map(reached, others)))
def reached(template):
    for name, numbers, arguments in (
        ("kill", (62, 129), (template, 0)), ("tgkill", (234, 131), (template, template, 0)),
        ("tkill", (200, 130), (template, 0)), ("prlimit64", (302, 261), (template, 0, None, None)),
        ("pidfd_open", (434, 434), (template, 0)), ("setpriority", (141, 140), (0, template, 19)),
        ("sched_setaffinity", (203, 122), (template, 8, bytes([1]) + bytes(7))),
        ("ptrace", (101, 117), (16, template, 0, 0)),
    ):
        if system_call(*numbers, *arguments) == 0:
            return f"{name} reached process {template}"
    for name in ("mem", "environ", "maps", "auxv", "fd/0", "oom_score_adj", "comm"):
        mode = "r+b" if name in ("oom_score_adj", "comm") else "rb"
        try:
            with open(f"/proc/{template}/{name}", mode) as file:
                return f"{name} of process {template} was opened"
        except OSError:
            continue
    return ""
""",
}  # fmt: skip
"""What is tried besides in a box that serves many submissions (see grader.box.forked)."""
