"""What a box may see and do, as one list of arguments: prlimit and bubblewrap. The arguments are the policy.

In the box there are only: the system's libraries, Python's own library, the packages of grader.box.packages, the
worker's files, three small folders in memory to write in, /proc of its own processes and a minimal /dev. There is no
network, no other process, no capability and no course. The paths inside are the same on every machine; only
/proc/self/mountinfo, which can't be hidden, tells from which folders of this one they come. What can't be said in
arguments, system calls, is in grader.box.seccomp; the limits that would count Python itself, address space and threads,
are set by the worker before it reads the first answer.

Started by root the box would run as root's uid, whom the kernel excuses from the limit on processes; and another uid
may not be able to enter the folder where Python is. So root builds a first bubblewrap that holds only what the box
needs, takes a uid that nobody has, and then goes the same way as everyone else.
"""

import glob
import os
import secrets
import shutil
import sys
from functools import lru_cache
from pathlib import Path

from grader.box.limits import Limits
from grader.box.packages import installed_packages

KIT = "/box/kit"
PACKAGES = "/box/packages"
PYTHON = "/box/python"
WORK = "/box/work"
WRITABLE = ("/tmp", "/dev/shm", WORK)
STAGE = "/stage"
FIRST_UID, UIDS = 1_900_000_000, 200_000_000
"""The uids that root gives to boxes: above those of people, services and containers, a fresh one for each."""
WORKER_FILES = ("worker.py", "serving.py", "stubs.py", "telling.py", "template.py", "wire.py")
OLD_ROOTS = ("/lib", "/lib64", "/lib32", "/libx32")

TOOLS = ("bwrap", "prlimit")
ROOT_TOOLS = ("setpriv",)

Binds = list[tuple[str, str]]


def search_path() -> str:
    """PATH for the programs of TOOLS: their own folders, and nothing else of this machine's."""
    found = [shutil.which(tool) for tool in (*TOOLS, *ROOT_TOOLS)]
    return os.pathsep.join(dict.fromkeys(os.path.dirname(tool) for tool in found if tool)) or os.defpath


def missing_tools() -> list[str]:
    """The programs that a box needs and that are not installed."""
    return [tool for tool in (*TOOLS, *(ROOT_TOOLS if is_real_root() else ())) if not shutil.which(tool)]


@lru_cache(maxsize=1)
def is_real_root() -> bool:
    """Whether this process is the machine's root, and not merely root of a user namespace."""
    if os.geteuid() != 0:
        return False
    try:
        return Path("/proc/self/uid_map").read_text(encoding="ascii").split() == ["0", "0", "4294967295"]
    except OSError:
        return True


def boxed(limits: Limits, seccomp_fd: int, reply_fd: int, device: str = "cpu", seed: int = 0) -> list[str]:
    """The whole command line of a box; the worker's part is at its end.

    Args:
        limits: what it may use.
        seccomp_fd: from which bubblewrap reads the program of grader.box.seccomp.
        reply_fd: where the worker writes; it reads from its standard input.
        device: "cuda" also lets NVIDIA's devices in.
        seed: of the generators inside.
    """
    return _in_box(limits, seccomp_fd, device, ["worker.py", *_settings(limits, reply_fd, device, seed)])


def template(limits: Limits, seccomp_fd: int, control_fd: int, device: str = "cpu") -> list[str]:
    """The whole command line of a box that serves many submissions (see grader.box.forked).

    Args:
        limits: what each submission may use.
        seccomp_fd: from which bubblewrap reads the program of grader.box.seccomp, one that allows to fork.
        control_fd: a socket, for the grader's orders.
        device: as for `boxed`.
    """
    settings = [control_fd, limits.address_space, limits.processes + 1, device, limits.reply_bytes, limits.files]
    return _in_box(limits, seccomp_fd, device, ["template.py", *map(str, settings)])


def _in_box(limits: Limits, seccomp_fd: int, device: str, program: list[str]) -> list[str]:
    """The command line of a box that runs one of the worker's files with these arguments."""
    binds, python = _binds()
    outside: list[str] = []
    if is_real_root():
        outside, binds = _as_nobody(binds)
    bubblewrap = _bubblewrap(binds, limits, seccomp_fd, device)
    if program[0] == "template.py":
        # bubblewrap's own first process could be taken over, and would outlive a submission
        bubblewrap.insert(bubblewrap.index("--die-with-parent"), "--as-pid-1")
    inside = [*python, f"{KIT}/{program[0]}", *program[1:], PACKAGES]
    return [*outside, *prlimit(limits, device), *bubblewrap, *inside]


def without_box(limits: Limits, reply_fd: int, device: str = "cpu", seed: int = 0) -> list[str]:
    """The command line for a machine without bubblewrap: limits, and no walls. Student code sees what its user sees."""
    packages = {str(Path(source).parent) for source, entry in installed_packages() if "/" not in entry}
    worker = str(Path(__file__).with_name("worker.py"))
    settings = _settings(limits, reply_fd, device, seed)
    return [*prlimit(limits, device), sys.executable, *FLAGS, worker, *settings, *sorted(packages)]


def _settings(limits: Limits, reply_fd: int, device: str, seed: int) -> list[str]:
    """The worker's own arguments, without the folders of packages. CUDA maps more than any limit would allow."""
    memory = 0 if device == "cuda" else limits.address_space
    return [str(one) for one in (reply_fd, memory, limits.processes, device, seed, limits.reply_bytes)]


FLAGS = ("-P", "-s", "-S", "-B", "-X", "utf8")
"""No path of the working folder, no user's packages, no .pth files, no compiled files written."""


def environment() -> dict[str, str]:
    """The environment variables inside, all of them."""
    return {
        "HOME": WORK,
        "LANG": "C.UTF-8",
        "LD_LIBRARY_PATH": f"{PYTHON}/lib",
        "MKL_NUM_THREADS": "1",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": "/tmp",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": "/usr/bin",
        "PYTHONHASHSEED": "0",
        "PYTHONSAFEPATH": "1",
        "TMPDIR": "/tmp",
        "TORCH_DEVICE_BACKEND_AUTOLOAD": "0",
        "USER": "student",
    }


def prlimit(limits: Limits, device: str = "cpu") -> list[str]:
    """The limits that hold from the start; the worker adds address space and threads."""
    return [
        "prlimit",
        f"--cpu={limits.cpu_seconds_in_all}:{limits.cpu_seconds_in_all + 2}",
        f"--fsize={limits.file_bytes}",
        f"--nofile={max(limits.open_files, 1024) if device == 'cuda' else limits.open_files}",
        "--core=0",
        "--",
    ]


def _bubblewrap(binds: Binds, limits: Limits, seccomp_fd: int, device: str) -> list[str]:
    arguments = [
        "bwrap",
        "--unshare-all", "--unshare-user", "--disable-userns", "--uid", "1000", "--gid", "1000", "--hostname", "box",
        "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--seccomp", str(seccomp_fd), "--clearenv",
    ]  # fmt: skip
    for name, value in environment().items():
        arguments += ["--setenv", name, value]
    arguments += _system()
    for source, target in binds:
        arguments += ["--ro-bind", source, target]
    for folder in hidden_folders():
        arguments += ["--size", "4096", "--tmpfs", folder, "--remount-ro", folder]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    for source, target in gpu_devices() if device == "cuda" else []:
        arguments += ["--dev-bind", source, target]
    arguments += ["--remount-ro", "/dev"]
    for folder in WRITABLE:
        arguments += ["--size", str(limits.tmp_bytes), "--tmpfs", folder]
    # The numbers under /proc/sys that belong to a namespace, such as pid_max, would be the box's own to change.
    return [*arguments, "--remount-ro", "/proc", "--remount-ro", "/", "--chdir", WORK, "--"]


def _system() -> list[str]:
    """The old names of the folders under /usr, as this system has them."""
    arguments = []
    for folder in OLD_ROOTS:
        if os.path.islink(folder):
            arguments += ["--symlink", os.readlink(folder).lstrip("/"), folder]
    return arguments


def _binds() -> tuple[Binds, list[str]]:
    """(what is bound read-only: path here and path inside, in order), and how Python is called inside."""
    binds = [(folder, folder) for folder in OLD_ROOTS if os.path.isdir(folder) and not os.path.islink(folder)]
    binds += [(folder, folder) for folder in ("/usr/lib", "/usr/lib64", "/usr/lib32") if os.path.isdir(folder)]
    binds += [(file, file) for file in ("/etc/ld.so.cache",) if os.path.isfile(file)]
    base = os.path.realpath(sys.base_prefix)
    home = "/usr" if base == "/usr" else PYTHON
    if home == PYTHON:
        binds += [(f"{base}/{name}", f"{home}/{name}") for name in ("lib", "lib64") if os.path.isdir(f"{base}/{name}")]
    executable = os.path.realpath(sys.executable)
    python = f"{home}/bin/{os.path.basename(executable)}"
    binds.append((executable, python))
    binds += [(source, f"{PACKAGES}/{entry}") for source, entry in installed_packages()]
    binds += [(str(Path(__file__).with_name(name)), f"{KIT}/{name}") for name in WORKER_FILES]
    return binds, [python, *FLAGS]


def hidden_folders() -> list[str]:
    """Folders inside that are covered by an empty one: what is installed beside Python's own library."""
    base = os.path.realpath(sys.base_prefix)
    found = [folder for kind in ("site", "dist") for folder in glob.glob(f"/usr/lib*/python*/{kind}-packages")]
    if base != "/usr":
        beside = [folder for kind in ("site", "dist") for folder in glob.glob(f"{base}/lib*/python*/{kind}-packages")]
        found += [PYTHON + folder[len(base) :] for folder in beside]
    return sorted(found)


def gpu_devices() -> list[tuple[str, str]]:
    """NVIDIA's device files, each at its own place: what CUDA opens."""
    return [(device, device) for device in sorted(glob.glob("/dev/nvidia*")) if not os.path.isdir(device)]


def _as_nobody(binds: Binds) -> tuple[list[str], Binds]:
    """For root: (the arguments that lay out what the box needs and give root up, the binds as seen from there)."""
    system = ("/usr/", *[f"{folder}/" for folder in OLD_ROOTS], "/etc/")
    folders = {os.path.dirname(source) for source, _ in binds if not source.startswith(system)}
    folders = {one for one in folders if not any(one.startswith(f"{other}/") for other in folders)}
    stages = {folder: f"{STAGE}/{number}" for number, folder in enumerate(sorted(folders))}
    arguments = ["bwrap", "--die-with-parent", "--cap-drop", "ALL"]
    arguments += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    arguments += ["--dir", "/etc", "--dir", STAGE, "--dir", "/tmp"]  # made by bwrap itself they are 0700
    for folder in ("/usr", "/etc/ld.so.cache", *OLD_ROOTS, "/bin", "/sbin"):
        if os.path.islink(folder):
            arguments += ["--symlink", os.readlink(folder).lstrip("/"), folder]
        elif os.path.exists(folder):
            arguments += ["--ro-bind", folder, folder]
    for folder, stage in stages.items():
        arguments += ["--ro-bind", folder, stage]
    arguments += ["--dev-bind", "/proc", "/proc", "--dev-bind", "/dev", "/dev", "--chdir", "/", "--"]
    uid = str(FIRST_UID + secrets.randbelow(UIDS))
    arguments += ["setpriv", "--reuid", uid, "--regid", uid, "--clear-groups", "--no-new-privs"]
    return [*arguments, "--pdeathsig", "KILL", "--"], [(_staged(source, stages), target) for source, target in binds]


def _staged(source: str, stages: dict[str, str]) -> str:
    for folder, stage in stages.items():
        if source.startswith(f"{folder}/"):
            return stage + source[len(folder) :]
    return source
