"""Every argument of the box's policy is tried: the attempt that it stops, and where it can be left out alone, the
counter-proof that without it the attempt succeeds.

Started by root and by a plain user (tests/test_box_plain_user.py).
"""

import os
import platform
import shutil

import pytest
from box_runs import LIMITS, SYSTEM_CALL, run_inside

from grader.box import packages, policy, seccomp
from grader.paths import repo_root

pytestmark = pytest.mark.skipif(bool(policy.missing_tools()), reason=f"not installed: {policy.missing_tools()}")


def opened(path: str) -> str:
    return f"try:\n open({path!r}, 'a'); print('done')\nexcept OSError as error:\n print('stopped')"


SOCKET = "import socket\ntry:\n socket.socket({}); print('done')\nexcept OSError as error:\n print('stopped')"
FILL = """
written = 0
try:
    for n in range(8):
        with open("%s/f" + str(n), "wb") as file: written += file.write(bytes(1 << 18)); file.flush()
    print("done")
except OSError: print("stopped")
"""
ENVIRONMENT = "import os; print('done' if 'SECRET_OF_THE_GRADER' in os.environ else 'stopped')"
ATTEMPTS = {
    "a socket": (SOCKET.format("socket.AF_INET"), ("--seccomp", "FD")),
    "a local socket": (SOCKET.format("socket.AF_UNIX"), ("--seccomp", "FD")),
    "a new process": (
        "import os\ntry:\n pid = os.fork(); print('done') if pid else os._exit(0)\nexcept OSError:\n print('stopped')",
        ("--seccomp", "FD"),
    ),
    "a lock": (
        "import fcntl\ntry:\n fcntl.flock(open('/tmp/x', 'w'), 2); print('done')\nexcept OSError:\n print('stopped')",
        ("--seccomp", "FD"),
    ),
    "a lock by fcntl": (
        "import fcntl\ntry:\n fcntl.lockf(open('/tmp/x', 'w'), 2); print('done')\nexcept OSError:\n print('stopped')",
        ("--seccomp", "FD"),
    ),
    "memory that no limit counts": (
        "import os\ntry:\n os.memfd_create('x'); print('done')\nexcept OSError:\n print('stopped')",
        ("--seccomp", "FD"),
    ),
    "the grader's environment": (ENVIRONMENT, ("--clearenv",)),
    "a file in /": (opened("/x"), ("--remount-ro", "/")),
    "a file in /box": (opened("/box/x"), ("--remount-ro", "/")),
    "a new package": (opened("/box/packages/x.py"), ("--remount-ro", "/")),
    "a file in /dev": (opened("/dev/x"), ("--remount-ro", "/dev")),
    "much in /tmp": (FILL % "/tmp", ("--size", str(LIMITS.tmp_bytes))),
    "the session of the terminal": (
        "import os; print('stopped' if os.getsid(0) else 'done')",
        ("--new-session",),
    ),
    "another folder at the start": (
        f"import os; print('stopped' if os.getcwd() == {policy.WORK!r} else 'done')",
        ("--chdir", policy.WORK),
    ),
    "the host's name": (
        "import os; print('stopped' if os.uname().nodename == 'box' else 'done')",
        ("--hostname", "box"),
    ),
    "the starter's uid": ("import os; print('stopped' if os.getuid() == 1000 else 'done')", ("--uid", "1000")),
    "the starter's gid": ("import os; print('stopped' if os.getgid() == 1000 else 'done')", ("--gid", "1000")),
    "a tenth of a second of many threads": (
        "import os; print('stopped' if os.environ.get('OMP_NUM_THREADS') == '1' else 'done')",
        ("--setenv", "OMP_NUM_THREADS", "1"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ATTEMPTS)
def test_the_policy_stops(what):
    assert run_inside(ATTEMPTS[what][0], environment={"SECRET_OF_THE_GRADER": "1"}) == "stopped"


@pytest.mark.parametrize("what", ATTEMPTS)
def test_the_argument_is_what_stops(what):
    code, argument = ATTEMPTS[what]
    assert run_inside(code, without=argument, environment={"SECRET_OF_THE_GRADER": "1"}) == "done"


def test_user_namespaces_are_off_even_without_the_filter():
    code = SYSTEM_CALL + "print(system_call(272, 97, 0x10000000))"
    assert run_inside(code, without=("--seccomp", "FD")) != "done"
    assert run_inside(code, change={"--disable-userns": "--unshare-user", "--seccomp": "--sync-fd"}) == "done"


def test_every_namespace_is_its_own():
    kinds = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"]
    inside = run_inside(f"import os\nfor kind in {kinds}: print(os.readlink('/proc/self/ns/' + kind))").split()
    assert len(inside) == len(kinds)
    assert not set(inside) & {os.readlink(f"/proc/self/ns/{kind}") for kind in kinds}


def test_there_is_no_network_device_but_its_own_loopback():
    inside = run_inside("print([line.split(':')[0].strip() for line in open('/proc/net/dev') if ':' in line])")
    assert inside == "['lo']"


def test_no_capability_is_left():
    inside = run_inside("print([line.split()[1] for line in open('/proc/self/status') if line.startswith('Cap')])")
    assert set(inside.strip("[]").replace("'", "").split(", ")) == {"0" * 16}


def test_new_privileges_are_impossible():
    assert (
        run_inside("print([l.split()[1] for l in open('/proc/self/status') if l.startswith('NoNewPrivs')])") == "['1']"
    )


@pytest.mark.skipif(not policy.is_real_root(), reason="only root has to give root up")
def test_root_is_given_up():
    """Seen from outside the box is nobody's: also for the kernel, which excuses root from some limits."""
    code = "import os; print(os.stat('/tmp/..').st_uid, os.stat('/usr/lib').st_uid, open('/proc/self/uid_map').read())"
    inside = run_inside(code).split()
    assert inside[1] == "65534"  # root's files belong to somebody who is not in the box
    writing = "try:\n open('/proc/sys/vm/swappiness', 'r+'); print('done')\nexcept OSError:\n print('stopped')"
    assert run_inside(writing) == "stopped"


def test_only_its_own_processes_are_seen():
    inside = run_inside("import os; print([int(name) for name in os.listdir('/proc') if name.isdigit()])")
    assert sorted(eval(inside)) == [1, 2]


def test_the_host_is_not_there():
    places = ["/root", "/home", "/etc/passwd", "/etc/shadow", "/sys", "/run", "/var", "/mnt", "/srv", "/opt", "/boot"]
    places += [str(repo_root()), os.getcwd(), os.path.expanduser("~"), "/usr/bin/bwrap", "/usr/share"]
    assert (
        run_inside(f"import os; print([one for one in {places} if os.path.lexists(one) and os.listdir(one)])") == "[]"
    )


def test_what_is_in_the_root():
    inside = set(eval(run_inside("import os; print(os.listdir('/'))")))
    assert inside <= {"box", "dev", "etc", "proc", "tmp", "usr", "lib", "lib32", "lib64", "libx32"}
    assert eval(run_inside("import os; print(os.listdir('/etc'))")) == ["ld.so.cache"]
    assert set(eval(run_inside(f"import os; print(os.listdir({policy.KIT!r}))"))) == set(policy.WORKER_FILES)


def test_every_mount_is_read_only_but_three():
    code = """
for line in open('/proc/self/mountinfo'):
    fields = line.split()
    if 'rw' in fields[5].split(','): print(fields[4])
"""
    allowed = set(policy.WRITABLE) | {
        f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty", "pts")
    }
    writable = {one for one in run_inside(code).split() if not one.startswith("/proc/")}
    assert set(policy.WRITABLE) <= writable <= allowed


@pytest.mark.parametrize(
    "path", ["/box/kit/worker.py", "/box/packages/torch/__init__.py", "/proc/sysrq-trigger", "/dev/pts/x"]
)
def test_files_that_are_there_are_not_written(path):
    assert run_inside(opened(path)) == "stopped"


@pytest.mark.parametrize("folder", policy.WRITABLE)
def test_three_small_folders_are_writable(folder):
    assert run_inside(opened(f"{folder}/x")) == "done"
    assert run_inside(FILL % folder) == "stopped"


def test_packages_are_the_listed_ones():
    code = """
import sys, importlib.util
sys.path.append("/box/packages")
names = %s
print([name for name in names if importlib.util.find_spec(name)])
"""
    hidden = [
        "transformers", "course_lib", "grader", "rebuild", "tests", "nbgrader", "nbformat", "nbclient",
        "jupyter_client", "jupyterlab", "ipykernel", "tokenizers", "datasets", "pip", "_pytest", "huggingface_hub",
    ]  # fmt: skip
    assert run_inside(code % hidden) == "[]"
    wanted = ["torch", "numpy", "typing_extensions"]
    assert run_inside(code % wanted) == str(wanted)
    listing = set(eval(run_inside("import os; print(os.listdir('/box/packages'))")))
    assert listing == {entry.split("/")[0] for _, entry in packages.installed_packages()}


@pytest.mark.parametrize("folder", policy.hidden_folders())
def test_what_is_installed_beside_python_is_covered(folder):
    assert run_inside(f"import os; print(os.listdir({folder!r}))") == "[]"
    assert run_inside(opened(f"{folder}/x")) == "stopped"


def test_a_module_beside_the_work_is_not_imported():
    code = "open('json.py', 'w').write('x = 1'); import json; print(hasattr(json, 'x'))"
    assert run_inside(code) == "False"


def test_no_descriptor_comes_in():
    secret = os.open(__file__, os.O_RDONLY)
    os.set_inheritable(secret, True)
    try:
        code = """
import os
for fd in os.listdir('/proc/self/fd'):
    try: print(os.readlink('/proc/self/fd/' + fd).split(':')[0])
    except OSError: pass
"""
        assert set(run_inside(code).split()) <= {"pipe", "/dev/null"}
    finally:
        os.close(secret)


@pytest.mark.parametrize(
    "limit, code, expected",
    [
        (
            "--nofile",
            "files = []\ntry:\n while True: files.append(open('/dev/null'))\nexcept OSError: print(len(files) < 40)",
            "True",
        ),
        (
            "--fsize",
            "try:\n open('/tmp/x', 'wb').write(bytes(1 << 20))\nexcept OSError as error: print(error.errno)",
            "27",
        ),
        ("--core", "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))", "(0, 0)"),
        ("--cpu", "while True: pass", "killed by 24"),
    ],
)  # fmt: skip
def test_prlimit(limit, code, expected):
    assert any(one.startswith(limit) for one in policy.prlimit(LIMITS))
    assert run_inside(code) == expected


# System calls ---------------------------------------------------------------------------------------------------------


def test_each_refused_call_answers_eperm():
    column = list(seccomp.AUDIT_ARCH).index(platform.machine())
    numbers = {name: both[column] for name, both in seccomp.REFUSED.items() if both[column] is not None}
    code = SYSTEM_CALL + f"print({{n: system_call(i, i, 0, 0, 0, 0, 0, 0) for n, i in {numbers}.items()}})"
    answers = eval(run_inside(code))
    assert answers == dict.fromkeys(numbers, "EPERM")


def test_calls_that_came_later_are_not_there():
    numbers = range(seccomp.FIRST_NEW, 512)
    code = SYSTEM_CALL + f"print({{system_call(i, i, 0, 0, 0, 0, 0, 0) for i in {list(numbers)}}})"
    assert eval(run_inside(code)) == {"ENOSYS"}


@pytest.mark.parametrize("name", ["io_setup", "sync", "syncfs"])
def test_what_the_whole_machine_shares_answers_without_the_filter(name):
    """The counter-proof for those calls which hurt nobody when they are made once."""
    arguments = {"io_setup": "1, ctypes.create_string_buffer(8)", "sync": "0", "syncfs": "1"}[name]
    code = SYSTEM_CALL + f"print(system_call({', '.join(map(str, seccomp.REFUSED[name]))}, {arguments}))"
    assert run_inside(code) == "EPERM"
    assert run_inside(code, without=("--seccomp", "FD")) == "done"


def test_threads_work_and_clone3_is_not_there():
    code = SYSTEM_CALL + "import threading; t = threading.Thread(target=print, args=('thread',)); t.start(); t.join(); "
    assert run_inside(code + "print(system_call(435, 435, 0, 0))").split() == ["thread", "ENOSYS"]


def test_a_clone_that_is_no_thread_is_refused():
    for flags in (17, 0x10000000 | 17, 0x00000100 | 17):  # fork, with a user namespace, sharing memory
        assert run_inside(SYSTEM_CALL + f"print(system_call(56, 220, {flags}, 0, 0, 0, 0))") == "EPERM"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86_64 has calls of other architectures")
def test_a_foreign_architecture_is_killed():
    assert run_inside(SYSTEM_CALL + "print(system_call(0x40000000 + 39, 0))").endswith("killed by 31")
    getpid32 = "b814000000cd80c3"  # mov eax, 20; int 0x80; ret
    code = f"""
import ctypes, mmap
memory = mmap.mmap(-1, 4096, prot=7)
memory.write(bytes.fromhex({getpid32!r}))
print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))())
"""
    assert run_inside(code).endswith("killed by 31")


def test_the_tools_are_named_when_they_are_missing(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda tool: None if tool == "bwrap" else "/usr/bin/x")
    assert policy.missing_tools() == ["bwrap"]
