"""Boxes that serve many submissions: nothing of one submission reaches the next, the template or the host."""

import contextlib
import os
import select
import signal
from pathlib import Path

import pytest
import torch
from box_sessions import nothing_stays  # noqa: F401 (a fixture for the whole module)

from grader.box import forked, policy, seccomp, template
from grader.box.forked import close_idle
from grader.box.limits import MIB, Limits
from grader.box.outcomes import BoxError, Fault, StudentError
from grader.box.probes import PROBES, REUSE_PROBES
from grader.box.process import KEPT
from grader.box.session import Session

LIMITS = Limits(address_space=512 * MIB, tmp_bytes=4 * MIB, processes=20)
LIMITS_OF_FILES = Limits(address_space=512 * MIB, files=500, open_files=64)


@pytest.fixture
def nothing_waits():
    """For tests that count the boxes that wait afterwards."""
    close_idle()


@contextlib.contextmanager
def submission(source="", limits=LIMITS, **settings):
    """A session in a box that is used again, in which the source was run."""
    with Session(limits, reuse=True, **settings) as box:
        if source:
            box.define("answer", source)
        yield box


def waiting():
    """The templates that wait for a submission."""
    return list(forked._idle)


@pytest.mark.usefixtures("nothing_waits")
def test_a_box_serves_one_submission_after_another():
    seen = []
    for number in range(4):
        with submission("def f(x):\n    return x + 1, __import__('os').getpid()", seed=number) as box:
            value, pid = box.call("f", torch.tensor([float(number)])).value
            assert value.tensor.item() == number + 1
            seen.append(pid)
        [only] = waiting()
    assert len(set(seen)) == 4 and only.uses == 4


@pytest.mark.usefixtures("nothing_waits")
def test_two_at_a_time_have_a_box_each():
    with submission() as one, submission() as two:
        one.seed(1), two.seed(1)
    assert len(waiting()) == 2


def test_seeds_are_each_submissions_own():
    def numbers(seed):
        with submission("def f():\n    return torch.rand(3)", seed=seed) as box:
            return box.call("f").value.tensor.tolist()

    assert numbers(5) == numbers(5) != numbers(6)


@pytest.mark.parametrize("what", [*PROBES, *REUSE_PROBES])
def test_the_preflights_probes_do_not_get_out(what):
    arguments = {"reading this machine's files": ((str(Path(__file__).parent),),), "environment variables": ("PATH_",)}
    with submission(PROBES.get(what) or REUSE_PROBES[what]) as box:
        assert box.call("probe", *arguments.get(what, ())).value == ""


@pytest.mark.usefixtures("nothing_waits")
def test_the_probe_of_the_template_finds_one_that_is_open(monkeypatch):
    """The counter-proof: without the second filter and its protection the template is within reach."""
    allow_all = (0x7FFF0000).to_bytes(4, "little")
    monkeypatch.setattr(seccomp, "last_program", lambda *_: b"\x06\0\0\0" + allow_all)
    with submission(REUSE_PROBES["the box's template"]) as box:
        assert "reached process" in box.call("probe").value


def test_the_probe_finds_the_first_process_if_it_is_bubblewraps_own(monkeypatch, nothing_waits):
    """It is there before a submission and after it, and whoever writes its memory is in the box of the next one."""
    real = policy.template
    monkeypatch.setattr(policy, "template", lambda *given: [one for one in real(*given) if one != "--as-pid-1"])
    with submission(REUSE_PROBES["the box's template"]) as box:
        assert "mem of process 1 was opened" in box.call("probe").value
    close_idle()


LEFTOVERS = {
    "a file": "open('/tmp/answers', 'w').close()",
    "a hidden folder": "import os; os.mkdir('/box/work/.x')",
    "a file in shared memory": "open('/dev/shm/x', 'w').close()",
    "a folder nobody may read": "import os; os.mkdir('/tmp/x'); os.chmod('/tmp/x', 0)",
    "a closed folder": "import os; os.chmod('/tmp', 0)",
    "a mode as a message": "import os; os.chmod('/box/work', 0o751)",
}


@pytest.mark.parametrize("what", LEFTOVERS)
@pytest.mark.usefixtures("nothing_waits")
def test_a_box_in_which_something_was_left_is_thrown_away(what):
    with submission(LEFTOVERS[what] + "\ndef f(): return 1") as box:
        assert box.call("f").value == 1
    assert waiting() == []


@pytest.mark.usefixtures("nothing_waits")
def test_the_times_of_the_folders_are_no_message():
    with submission("import os\nfor one in ('/tmp', '/box/work'): os.utime(one, ns=(123456789, 987654321))") as box:
        box.seed(1)
    with submission("import os\ndef f(): return [os.stat(one).st_mtime_ns for one in ('/tmp', '/box/work')]") as box:
        assert box.call("f").value == [0, 0]
    assert [one.uses for one in waiting()] == [2]


def test_numbers_of_the_boxs_own_namespaces_stay_as_they_are():
    """pid_max, the queues of messages and the like belong to the box, and would go on to the next submission."""
    source = """
import os
def f():
    opened = []
    for folder, _, names in [*os.walk("/proc/sys"), *os.walk("/proc/1"), *os.walk(f"/proc/{os.getpid()}")]:
        for name in names:
            if "/fd/" in f"{folder}/":
                continue
            try:
                os.close(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_NONBLOCK))
            except OSError:
                continue
            opened.append(os.path.join(folder, name))
    return opened
"""
    with submission(source) as box:
        assert box.call("f").value == []


WITHOUT_NUMBER = {
    "empty files": "open(f'{folder}/{number}', 'w').close()",
    "folders": "os.mkdir(f'{folder}/{number}')",
    "links to nowhere": "os.symlink('x' * 100, f'{folder}/{number}')",
    "second names of one file": "os.link('/tmp/0', f'{folder}/{number}')",
    "notes beside a file": "os.setxattr('/tmp/0', f'user.{number}', bytes(1000))",
}


@pytest.mark.parametrize("what", WITHOUT_NUMBER)
@pytest.mark.usefixtures("nothing_waits")
def test_files_without_number_are_counted(what):
    make = WITHOUT_NUMBER[what]
    first = "" if what in ("empty files", "folders", "links to nowhere") else "    open('/tmp/0', 'w').close()\n"
    source = f"""
import os
def f():
    number, folder = {1 if first else 0}, "/tmp"
{first}    while True:
        {make}
        number += 1
"""
    with submission(source, LIMITS_OF_FILES) as box, pytest.raises(Fault) as caught:
        box.call("f")
    assert caught.value.kind == "output" and "more than 500 files" in caught.value.detail
    assert waiting() == []


def test_some_files_are_nobodys_harm():
    source = "import time\ndef f():\n    for n in range(400): open(f'/tmp/{n}', 'w').close()\n    time.sleep(1)"
    with submission(source, LIMITS_OF_FILES) as box:
        assert box.call("f").value is None


@pytest.mark.usefixtures("nothing_waits")
def test_the_next_submission_sees_nothing_of_the_last():
    with submission("open('/tmp/answers', 'w').write('42')\nimport builtins\nbuiltins.left = 42") as box:
        box.seed(1)
    with submission("import os\ndef f(): return os.listdir('/tmp'), 'left' in dir(__import__('builtins'))") as box:
        assert box.call("f").value == ([], False)
    with submission("torch.nn.functional.left = 1\ntorch.softmax = None") as box:
        box.seed(1)
    with submission("def f(): return hasattr(torch.nn.functional, 'left'), torch.softmax is None") as box:
        assert box.call("f").value == (False, False)
    assert [one.uses for one in waiting()] == [3]


@pytest.mark.usefixtures("nothing_waits")
def test_nothing_survives_its_submission():
    source = """
import signal, threading, time
for one in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(one, signal.SIG_IGN)
for _ in range(5): threading.Thread(target=time.sleep, args=(60,)).start()
def f(): return len([n for n in __import__("os").listdir("/proc/self/task")])
"""
    with submission(source) as box:
        assert box.call("f").value == 6
    assert len(waiting()) == 1
    with submission("import os\ndef f(): return sorted(n for n in os.listdir('/proc') if n.isdigit())") as box:
        assert len(box.call("f").value) == 2  # the template and this


ENDS = {
    "exit": ("import os; os._exit(3)", "crash"),
    "abort": ("import os; os.abort()", "crash"),
    "killed by itself": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "memory"),
    "memory": ("x = bytearray(1 << 40)", "memory"),
    "output": ("while True: print('x' * 10000)", "output"),
}


@pytest.mark.parametrize("what", ENDS)
@pytest.mark.usefixtures("nothing_waits")
def test_faults_are_told_and_cost_nobody_else_anything(what):
    code, kind = ENDS[what]
    with submission(f"def f():\n    {code}") as box, pytest.raises(Fault) as caught:
        box.call("f")
    assert caught.value.kind == kind
    with submission("def f(): return 7") as box:
        assert box.call("f").value == 7
    assert [one.uses for one in waiting()] == [2]


@pytest.mark.usefixtures("nothing_waits")
def test_time_runs_out():
    limits = Limits(wall_seconds=0.5, address_space=512 * MIB)
    with submission(limits=limits) as box, pytest.raises(Fault, match="timeout"):
        box.define("f", "while True: pass")
    assert len(waiting()) == 1


@pytest.mark.usefixtures("nothing_waits")
def test_each_submission_has_the_processor_time_for_itself():
    limits = Limits(wall_seconds=60, cpu_seconds=60, cpu_seconds_in_all=5, address_space=512 * MIB)
    for _ in range(2):
        with submission(limits=limits) as box, pytest.raises(Fault, match="timeout: more than 5 seconds of the proc"):
            box.define("f", "while True: pass")
    assert [one.uses for one in waiting()] == [2]


def test_new_processes_are_refused():
    with submission("import os\ndef f(): os.fork()") as box, pytest.raises(StudentError) as caught:
        box.call("f")
    assert caught.value.type_name == "PermissionError"


def test_no_descriptor_of_the_template_comes_along():
    source = "import os\ndef f(): return [os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')[:-1]]"
    with submission(source) as box:
        kinds = [one.split(":")[0] for one in box.call("f").value]
    assert sorted(kinds) == ["/dev/null", "pipe", "pipe", "pipe", "pipe"]


@pytest.mark.usefixtures("nothing_waits")
def test_a_template_that_is_killed_while_it_waits_is_replaced():
    with submission() as box:
        box.seed(1)
    [only] = waiting()
    os.killpg(only.process.pid, signal.SIGKILL)
    only.process.wait(60)
    with submission("def f(): return 7") as box:
        assert box.call("f").value == 7
    assert [one.uses for one in waiting()] == [1]


@pytest.mark.usefixtures("nothing_waits")
def test_of_two_that_wait_the_dead_one_is_put_away():
    with submission() as one, submission() as two:
        one.seed(1), two.seed(1)
    good, killed = waiting()
    os.killpg(killed.process.pid, signal.SIGKILL)
    killed.process.wait(60)
    taken = forked.take(LIMITS, "cpu")
    assert taken is good and waiting() == []
    forked.give_back(taken)


@pytest.mark.usefixtures("nothing_waits")
def test_a_template_that_dies_at_work_takes_its_submission_along():
    with submission("def f(): return 7") as box:
        box.seed(1)
        os.killpg(box._process._template.process.pid, signal.SIGKILL)
        end = select.poll()
        end.register(box._process._replies, 0)  # the end of a pipe is told in any case
        assert end.poll(60_000)
        with pytest.raises(BoxError, match="gone"):  # nobody's fault: it is tried again
            box.call("f")
    assert waiting() == []


@pytest.mark.parametrize("before", [0, 7, 5000])
def test_the_last_words_of_a_template_are_kept(before, monkeypatch):
    """However much the submission has printed before: room is made for what the template says at last."""
    printed, said = b"p" * before, b"Traceback: no memory for a fork\n" + b"x" * 1000
    with submission(f"print('p' * {before}, end='', flush=True)") as box:
        box.seed(1)
        process = box._process
        os.killpg(process._template.process.pid, signal.SIGKILL)
        monkeypatch.setattr(process._template, "said", lambda: said)
        with pytest.raises(BoxError) as caught:
            for _ in range(100):
                box.seed(1)
        assert bytes(process.kept) == printed[: KEPT - len(said)] + said
        assert process.tail == (printed + said)[-KEPT:]
        assert "x" * 400 in str(caught.value)


@pytest.mark.usefixtures("nothing_waits")
def test_a_box_is_made_anew_after_many_uses(monkeypatch):
    monkeypatch.setattr(forked, "USES", 2)
    for expected in (1, 0, 1):
        with submission() as box:
            box.seed(1)
        assert len(waiting()) == expected


@pytest.mark.usefixtures("nothing_waits")
def test_no_more_boxes_wait_than_are_useful():
    boxes = [Session(LIMITS, reuse=True).start() for _ in range(forked.IDLE + 1)]
    for box in boxes:
        box.seed(1)
    for box in boxes:
        box.close()
    assert len(waiting()) == forked.IDLE


@pytest.mark.usefixtures("nothing_waits")
def test_a_template_that_does_not_start_says_why(monkeypatch):
    monkeypatch.setattr(forked.policy, "template", lambda *_: ["sh", "-c", "echo no namespaces here; exit 1"])
    with pytest.raises(BoxError, match="no namespaces here"), submission() as box:
        box.has("f")
    monkeypatch.setattr(forked.policy, "template", lambda *_: ["/nowhere/bwrap"])
    with pytest.raises(BoxError, match="could not be started"):
        Session(LIMITS, reuse=True).start()


def test_the_last_filter_holds_a_mark_for_each_call_that_is_about_a_process():
    program = seccomp.last_program(template.OWN_PID)
    assert program.count(template.OWN_PID) == len(seccomp.OWN_PROCESS_ONLY) and len(program) % 8 == 0
