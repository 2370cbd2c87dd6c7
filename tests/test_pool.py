"""The pool of processes: whatever happens to a worker, every job ends once, and nothing is left behind."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from fake_judges import ECHO, by_key, sound, tries, wait_for, work

from grader.attempts import RETRIES, Ledger
from grader.paths import CourseError
from grader.pool import default_workers, run

TESTS = Path(__file__).parent


def answers(works, workers=2, judge=ECHO):
    return by_key(run(works, workers, sound, judge))


def grandchildren():
    """Pid -> command line of every process that a child of this one has started."""
    found = {}
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            for one in child.children():
                with contextlib.suppress(psutil.NoSuchProcess):  # or a zombie
                    found[one.pid] = " ".join(one.cmdline())
    return found


EARLIER = set()


@pytest.fixture(autouse=True)
def _not_of_another_test():
    """What other test files left in this process is no worker of ours."""
    EARLIER.clear()
    EARLIER.update(grandchildren())


def workers_alive():
    """Processes of pools that this test has started: the children of the server that forks them."""
    return {pid: command for pid, command in grandchildren().items() if pid not in EARLIER}


def test_every_job_is_answered_with_its_own_verdict():
    works = [work(f"job {number}", text="ж" * number * 5000) for number in range(30)]
    found = answers(works, workers=3)
    assert {key: one.verdict for key, one in found.items()} == {one.key: one.job for one in works}
    assert {one.tries for one in found.values()} == {1}
    assert workers_alive() == {}


def test_workers_are_used_again_and_side_by_side(tmp_path):
    """The first four jobs wait for one another."""
    pids = tmp_path / "pids"
    found = answers([work(str(number), 60.0, _meet=4, _count=str(pids)) for number in range(8)], workers=4)
    assert all(one.verdict and one.tries == 1 for one in found.values())
    begun = tries(pids)
    assert len(begun) == 8 and len(set(begun)) == len(set(begun[:4])) == 4


def test_answers_come_as_they_are_ready(tmp_path):
    go_on = tmp_path / "go on"
    coming = run([work("slow", 60.0, _until=str(go_on)), work("quick")], 2, sound, ECHO)
    assert next(coming).key == "quick"
    go_on.touch()
    [slow] = coming
    assert slow.key == "slow" and slow.verdict


def test_who_leaves_early_leaves_nobody_at_work(tmp_path):
    first = next(run([work("endless", 600.0, _until=str(tmp_path / "never")), work("quick")], 2, sound, ECHO))
    assert first.key == "quick"
    assert workers_alive() == {}


@pytest.mark.parametrize("trouble", ["_deaths", "_errors", "_nonsense"])
def test_a_try_that_brings_nothing_is_repeated_three_times_and_no_more(tmp_path, trouble):
    works = [
        work("recovers", _count=str(tmp_path / "recovers"), **{trouble: RETRIES}),
        work("hopeless", _count=str(tmp_path / "hopeless"), **{trouble: 99}),
        work("innocent"),
    ]
    found = answers(works)
    assert found["recovers"].verdict == works[0].job and found["recovers"].tries == 1 + RETRIES
    assert found["hopeless"].verdict is None and found["hopeless"].tries == 1 + RETRIES
    assert len(tries(tmp_path / "hopeless")) == 1 + RETRIES
    assert found["innocent"].tries == 1
    words = {"_deaths": "SIGKILL", "_errors": "RuntimeError: the judge stumbled", "_nonsense": "malformed"}[trouble]
    assert found["hopeless"].log.count(words) == 1 + RETRIES


def test_too_long_is_not_repeated(tmp_path):
    endless = work("endless", seconds=2.0, _sleep=600, _count=str(tmp_path / "tries"))
    found = answers([endless, *(work(str(number)) for number in range(5))])
    assert found["endless"].verdict is None and "no verdict after" in found["endless"].log
    assert len(tries(tmp_path / "tries")) == 1
    assert all(found[str(number)].verdict for number in range(5))


def test_a_judge_that_cannot_be_imported_ends_in_no_verdict():
    found = answers([work("one")], judge="no_such_module.judge")
    assert found["one"].verdict is None and found["one"].log.count("died") == 1 + RETRIES


def test_workers_killed_at_any_moment_cost_only_their_tries(tmp_path):
    """A worker dies about twenty times in the time of an undisturbed run: idle, starting, reading, working, writing."""
    dice, done, kills = random.Random(7), threading.Event(), []
    works = [work(str(number), text="x" * dice.randrange(200_000), _sleep=0.01) for number in range(60)]
    answers(works[:3], workers=3)  # the server that forks the workers is there from now on
    start = time.monotonic()
    answers(works, workers=3)
    undisturbed = time.monotonic() - start

    def kill():
        while not done.wait(dice.random() * undisturbed / 10):
            with contextlib.suppress(IndexError, ProcessLookupError):
                os.kill(dice.choice(list(workers_alive())), signal.SIGKILL)
                kills.append(1)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        found = answers(works, workers=3)
    finally:
        done.set()
        killer.join()
    assert len(found) == 60 and len(kills) > 5
    for one in works:
        settled = found[one.key]
        assert settled.verdict == one.job or (settled.verdict is None and settled.tries == 1 + RETRIES)
    assert sum(settled.verdict is not None for settled in found.values()) > 30


SCRIPT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # the tests may have been started with it ignored
from grader.attempts import Work
from grader.pool import run
works = [Work(str(n), sys.argv[2].encode(), 900.0) for n in range(4)]
sys.path.insert(0, sys.argv[1])
print("go", flush=True)
for _ in run(works, 2, lambda work, verdict: None, "fake_judges.echo"):
    pass
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_coordinator_leaves_no_process(how, tmp_path):
    begun = tmp_path / "begun"
    program = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, TESTS, json.dumps({"_sleep": 600, "_count": str(begun)})],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert program.stdout.readline() == "go\n"
    wait_for(lambda: len(tries(begun)) == 2)
    family = psutil.Process(program.pid).children(recursive=True)
    assert len(family) >= 4  # the server, the tracker of resources, two workers
    program.send_signal(how)
    program.communicate(timeout=60)
    assert program.returncode in (-how, 130, 1)
    _, alive = psutil.wait_procs(family, timeout=60)
    assert not alive


class TestLedger:
    @pytest.fixture
    def ledger(self):
        return Ledger([work("a"), work("b")], sound)

    def test_what_arrives_twice_counts_once(self, ledger):
        assert ledger.arrived("a", work("a").job).verdict == work("a").job
        assert ledger.arrived("a", work("a").job) is None
        assert ledger.failed("a", "late news of a death") is None
        assert len(ledger) == 1 and not ledger.is_open("a")

    def test_a_late_verdict_after_giving_up_is_dropped(self, ledger):
        assert ledger.failed("a", "too late", final=True).verdict is None
        assert ledger.arrived("a", work("a").job) is None

    def test_the_log_says_what_happened_in_each_try(self, ledger):
        assert ledger.arrived("a", b"?") is None
        assert ledger.failed("a", "the worker died") is None
        settled = ledger.arrived("a", work("a").job)
        assert settled.tries == 3
        assert settled.log == "try 1: malformed verdict\ntry 2: the worker died"

    def test_two_works_with_one_key_are_refused(self):
        with pytest.raises(ValueError, match="one key"):
            Ledger([work("a"), work("a")])


def nothing_can_be_graded():
    raise CourseError("there is no box here")


def test_workers_are_prepared_and_a_refusal_is_a_sentence():
    with pytest.raises(CourseError, match="there is no box here"):
        list(run([work("one"), work("two")], 2, sound, ECHO, nothing_can_be_graded))
    assert workers_alive() == {}
    [one] = run([work("one")], 2, sound, ECHO, os.getpid)
    assert one.verdict and one.tries == 1


class OnlyTheFirst:
    """A preparation that succeeds once."""

    def __init__(self, folder, begun):
        self.folder, self.begun = folder, begun

    def __call__(self):
        try:
            (self.folder / "first").mkdir()
        except FileExistsError:
            wait_for(self.begun.exists)  # the first one has said that it is ready, and has got a job
            raise CourseError("there is no box any more") from None


def test_a_worker_that_cannot_get_ready_later_stops_nobody(tmp_path):
    begun = tmp_path / "begun"
    works = [work(str(number), _count=str(begun)) for number in range(4)]
    found = by_key(run(works, 2, sound, ECHO, OnlyTheFirst(tmp_path, begun)))
    assert len(found) == 4 and any("there is no box any more" in one.log for one in found.values())
    assert any(one.verdict for one in found.values())
    assert all(one.verdict or one.tries == 1 + RETRIES for one in found.values())


def test_default_is_every_core_that_may_be_used():
    assert default_workers() == len(os.sched_getaffinity(0))


def test_workers_do_not_run_the_main_program_again(tmp_path):
    """A script without the usual guard would start itself in each worker, and each of those again."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, script, TESTS, "{}"], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout.split() == ["go"]
