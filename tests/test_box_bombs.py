"""What goes beyond a limit ends as the right fault, soon, and leaves nothing behind."""

import contextlib
import os
import resource
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from box_sessions import LIMITS, warm_boxes

from grader.box import clock, policy
from grader.box.limits import MIB, Limits
from grader.box.outcomes import BoxError, Fault, StudentError
from grader.box.session import Session

pytestmark = pytest.mark.skipif(bool(policy.missing_tools()), reason=f"not installed: {policy.missing_tools()}")

BOMBS = {
    "one large block": ("memory", "bytearray(1 << 40)"),
    "blocks without end": ("memory", "kept = []\nwhile True: kept.append(bytearray(1 << 24))"),
    "a large tensor": ("memory", "torch.zeros(1 << 40)"),
    "tensors without end": ("memory", "kept = []\nwhile True: kept.append(torch.ones(1 << 22))"),
    "death by SIGKILL": ("memory", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
    "printing without end": ("output", "while True: print('y' * 1000)"),
    "writing to stderr's descriptor": ("output", "import os\nwhile True: os.write(2, b'y' * 1000)"),
    "a large returned value": ("output", "return torch.zeros(1 << 20)"),
    "a giant that takes no memory": ("output", "return torch.zeros(1).expand(1 << 38)"),
    "a large file": ("output", "open('/tmp/x', 'wb').write(bytes(3 << 20))"),
    "many files": ("output", "for n in range(100): open(f'/tmp/{n}', 'wb').write(bytes(1 << 19))"),
    "death by a large file": (
        "output",
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL); open('/tmp/x', 'wb').write(bytes(3 << 20))",
    ),
    "leaving": ("crash", "import os; os._exit(0)"),
    "leaving with a code": ("crash", "import os; os._exit(7)"),
    "a null pointer": ("crash", "import ctypes; ctypes.string_at(0)"),
    "abort": ("crash", "import os; os.abort()"),
    "closed pipes": ("crash", "import os, time; os.closerange(0, 60); time.sleep(60)"),
}


@pytest.fixture(scope="module")
def boxes():
    yield from warm_boxes()


def function(body: str) -> str:
    return "def f():\n" + textwrap.indent(body, "    ")


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_the_right_fault(boxes, bomb):
    kind, body = BOMBS[bomb]
    box = boxes(function(body))
    with pytest.raises(Fault) as caught:
        box.call("f")
    assert caught.value.kind == kind, caught.value.detail
    with pytest.raises(Fault):
        box.has("f")


@pytest.mark.parametrize("body", ["while True: pass", "import time; time.sleep(1000)", "import signal; signal.pause()"])
def test_time_runs_out(body):
    with Session(Limits(wall_seconds=30)) as box:
        box.define("f", function(body))
        object.__setattr__(box.limits, "wall_seconds", 0.5)
        began = time.monotonic()
        with pytest.raises(Fault, match="timeout"):
            box.call("f")
        assert time.monotonic() - began < 10


def test_time_for_all_calls_runs_out(boxes):
    box = boxes("import time\ndef f():\n    time.sleep(0.3)")
    box._left = 1.0
    with pytest.raises(Fault, match="timeout"):
        for _ in range(20):
            box.call("f")


@pytest.mark.parametrize("first", ["", "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\n"])
def test_processor_time_runs_out(first):
    with Session(Limits(wall_seconds=120, cpu_seconds=60, cpu_seconds_in_all=4)) as box:
        box.define("f", function(first + "while True: pass"))
        with pytest.raises(Fault, match="timeout: more than 4 seconds of the processor were used in all"):
            box.call("f")


def test_processor_time_of_one_call_runs_out():
    with Session(Limits(wall_seconds=120, cpu_seconds=1.5)) as box:
        box.define(
            "f", "import time\ndef f():\n    while True: pass\ndef g():\n    return sum(range(10_000_000)) and 3"
        )
        assert [box.call("g").value for _ in range(8)] == [3] * 8  # more than 1.5 seconds, but not in one call
        with pytest.raises(Fault, match="timeout: more than 1.5 seconds of the processor were used in one call"):
            box.call("f")


@pytest.mark.parametrize("reuse", [False, True])
def test_a_call_that_waits_for_the_processor_is_given_time(monkeypatch, reuse):
    """On a starved machine the wall's clock goes on, and the box has done next to nothing."""
    monkeypatch.setattr(clock, "_used", lambda pid: 5.0)
    with Session(Limits(wall_seconds=120, cpu_seconds=0.01), reuse=reuse) as box:
        box.define("f", "import time\ndef f():\n    time.sleep(2)\n    return 3")
        assert box.call("f").value == 3


def test_each_task_has_its_own_time(boxes):
    box = boxes("import time\ndef f():\n    time.sleep(1.1)")
    box.begin_task()
    box.call("f")
    assert box._left <= LIMITS.wall_seconds_in_all - 1.1
    box.begin_task()
    assert box._left == LIMITS.wall_seconds_in_all
    assert not box.is_worn
    object.__setattr__(box, "limits", replace(LIMITS, cpu_seconds_in_all=2))
    assert box.is_worn


def test_new_processes_are_refused_and_threads_are_counted(boxes):
    box = boxes("""
import os, threading, time
def fork():
    while True: os.fork()
def threads():
    n = 0
    try:
        while n < 10000:
            threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
            n += 1
    except RuntimeError:
        return n
""")
    with pytest.raises(StudentError) as caught:
        box.call("fork")
    assert caught.value.type_name == "PermissionError"
    assert 1 <= box.call("threads").value < LIMITS.processes


def test_a_student_who_does_not_read_is_out_of_time():
    """Arguments that nobody takes fill the pipe; the grader doesn't wait for ever."""
    with Session(Limits(wall_seconds=30)) as box:
        box.define("f", "import threading, time, serving\nserving.Worker.receive = lambda self: time.sleep(60)")
        object.__setattr__(box.limits, "wall_seconds", 0.5)
        with pytest.raises(Fault, match="timeout"):
            box.call("f", torch.zeros(1 << 20))


def test_wide_limits_let_a_right_answer_work():
    with Session() as box:
        box.define("f", "def f(x):\n    return torch.softmax(x.float(), -1)[:20]")
        assert box.call("f", torch.zeros(200, 20_000)).value.tensor.shape == (20, 20_000)


# Nothing stays --------------------------------------------------------------------------------------------------------


def held() -> tuple[set[str], int, set[str]]:
    """Descriptors, threads and processes of this process, the box's starter left aside."""
    pid = str(os.getpid())
    children = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, fields = stat.read_text().rsplit(")", 1)
            if fields.split()[1] == pid:
                children.add(name)
    return set(os.listdir("/proc/self/fd")), threading.active_count(), children


def box_processes() -> list[str]:
    """Command lines of boxes on this machine that this test file could have started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if MARK.encode() in path.read_bytes():
                found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace")[-200:])
    return found


MARK = str(10**9 + os.getpid())  # as the seed in the worker's arguments; another run of the tests has another one


def test_two_hundred_sessions_leave_nothing():
    with Session(LIMITS, seed=int(MARK)) as box:  # the starter's thread is there from now on
        box.seed(1)
    before = held()
    for number in range(200):
        with Session(LIMITS, seed=int(MARK)):
            time.sleep(0.0005 * (number % 40))
        if number % 100 == 99:
            with Session(LIMITS, seed=int(MARK)) as box, contextlib.suppress(Fault):
                box.define("f", function("import os; os._exit(1)"))
                box.call("f")
    assert held() == before
    assert box_processes() == []


def test_a_thread_that_printed_on_does_not_survive():
    with Session(LIMITS, seed=int(MARK)) as box:
        box.define(
            "f",
            """
import threading, time, os, signal
def forever():
    while True:
        time.sleep(0.01)
for one in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(one, signal.SIG_IGN)
for _ in range(5): threading.Thread(target=forever).start()
""",
        )
        assert box_processes()
    assert box_processes() == []


def test_a_grader_that_is_killed_takes_its_boxes_along():
    code = f"""
import os, signal
from grader.box.session import Session
box = Session(seed={MARK}).start()
box.seed(1)
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    deadline = time.monotonic() + 10
    while box_processes() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert box_processes() == []


def test_a_box_outlives_the_thread_that_warmed_it():
    made = []
    thread = threading.Thread(target=lambda: made.append(Session(LIMITS).start()))
    thread.start()
    thread.join()
    time.sleep(0.2)
    with made[0] as box:
        box.define("f", "def f():\n    return 3")
        assert box.call("f").value == 3


@pytest.mark.parametrize("boxed", [True, False])
def test_a_grader_with_many_open_files_ends_its_boxes(boxed):
    """Descriptors above 1023, which select(2) does not take."""
    least = 1200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= hard < 2 * least:
        pytest.skip(f"a process may open only {hard} files here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * least), hard))
    try:
        with contextlib.ExitStack() as stack:
            while stack.enter_context(open(os.devnull, "rb")).fileno() < least:
                pass
            before = set(os.listdir("/proc/self/fd"))
            with Session(LIMITS, boxed=boxed) as box, pytest.raises(Fault, match="code 7"):
                box.define("answer", "import os; os._exit(7)")
            assert set(os.listdir("/proc/self/fd")) == before
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_box_that_cannot_be_had_is_nobodys_fault(monkeypatch):
    monkeypatch.setattr(policy, "_bubblewrap", lambda *_: ["sh", "-c", "echo no namespaces here; exit 1", "--"])
    with Session(LIMITS) as box, pytest.raises(BoxError, match="did not start"):
        box.has("f")
    monkeypatch.setattr(policy, "boxed", lambda *_: ["/nowhere/bwrap"])
    with pytest.raises(BoxError, match="could not be started"):
        Session(LIMITS).start()


def test_without_box():
    """The instructor's flag: no walls, but the limits hold, and nothing stays."""
    before = set(os.listdir("/tmp"))
    with Session(Limits(address_space=512 * MIB, output_bytes=1000), boxed=False) as box:
        box.define(
            "f",
            "import os\ndef f(x):\n    return x + 1, os.getcwd(), 'SECRET' in os.environ\n"
            "def g():\n    return bytearray(1 << 40)",
        )
        value, folder, secret = box.call("f", torch.zeros(1)).value
        assert value.tensor.item() == 1 and secret is False and Path(folder).is_dir()
        with pytest.raises(Fault, match="memory"):
            box.call("g")
    assert not Path(folder).exists()
    assert {name for name in set(os.listdir("/tmp")) - before if name.startswith("grading-")} == set()
