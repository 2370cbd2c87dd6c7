"""The same jobs on a Dask cluster: real processes, real deaths, and every job ends once."""

import json
import os
import threading
import time
from pathlib import Path

import pytest
from fake_judges import ECHO, by_key, sound, tries, wait_for, work

from grader import dask_pool
from grader.attempts import RETRIES
from grader.dask_pool import judge_here, run, submit
from grader.paths import CourseError

distributed = pytest.importorskip("distributed", reason="Dask is an extra: pip install -e '.[cluster]'")

TESTS = Path(__file__).parent


@pytest.fixture(scope="module")
def cluster():
    """Two workers, each a process with one thread and a nanny that replaces it."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(TESTS), before]))
    try:
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as cluster:
            yield cluster
    finally:
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before


def answers(cluster, works, **options):
    return by_key(run(works, cluster.scheduler_address, sound, ECHO, **options))


def test_every_job_is_answered_with_its_own_verdict_on_more_than_one_worker(cluster, tmp_path):
    pids = tmp_path / "pids"
    works = [work(f"job {number}", text="ж" * number * 3000, _count=str(pids), _meet=2) for number in range(20)]
    found = answers(cluster, works)
    assert {key: one.verdict for key, one in found.items()} == {one.key: one.job for one in works}
    assert len(set(tries(pids))) == 2


def test_the_scheduler_file_works_as_well(cluster, tmp_path):
    path = tmp_path / "scheduler.json"
    path.write_text(json.dumps({"type": "Scheduler", "address": cluster.scheduler_address}))
    [one] = run([work("one")], str(path), sound, ECHO)
    assert one.verdict == work("one").job


def test_a_killed_worker_is_replaced_and_its_job_repeated(cluster, tmp_path):
    works = [
        work("recovers", _count=str(tmp_path / "recovers"), _deaths=1),
        work("hopeless", _count=str(tmp_path / "hopeless"), _deaths=99),
        *(work(f"innocent {number}", _sleep=0.1) for number in range(6)),
    ]
    found = answers(cluster, works)
    assert found["recovers"].verdict == works[0].job
    assert found["hopeless"].verdict is None and found["hopeless"].log.count("died") == 1 + RETRIES
    assert len(tries(tmp_path / "hopeless")) == 1 + RETRIES
    assert all(found[f"innocent {number}"].verdict for number in range(6))


@pytest.mark.parametrize("trouble", ["_errors", "_nonsense"])
def test_a_try_that_brings_nothing_is_repeated_three_times_and_no_more(cluster, tmp_path, trouble):
    works = [
        work("recovers", _count=str(tmp_path / "recovers"), **{trouble: RETRIES}),
        work("hopeless", _count=str(tmp_path / "hopeless"), **{trouble: 99}),
    ]
    found = answers(cluster, works)
    assert found["recovers"].verdict == works[0].job and found["recovers"].tries == 1 + RETRIES
    assert found["hopeless"].verdict is None
    assert len(tries(tmp_path / "hopeless")) == 1 + RETRIES


def test_too_long_is_not_repeated(cluster, tmp_path):
    endless = work("endless", seconds=2.0, _sleep=4, _count=str(tmp_path / "tries"))
    found = answers(cluster, [endless, work("other")])
    assert found["endless"].verdict is None and "no verdict after" in found["endless"].log
    assert len(tries(tmp_path / "tries")) == 1
    assert found["other"].verdict


def test_a_job_that_was_thought_lost_and_comes_back_counts_once(cluster, tmp_path, monkeypatch):
    """The first try is cancelled while it runs and ends all the same, beside the second one."""
    first_tries, begun = [], tmp_path / "tries"

    def cancel_once_begun(future):
        wait_for(begun.exists)
        future.cancel()

    def cancelled_once(*arguments):
        future = submit(*arguments)
        if not first_tries:
            first_tries.append(future)
            threading.Thread(target=cancel_once_begun, args=[future], daemon=True).start()
        return future

    monkeypatch.setattr(dask_pool, "submit", cancelled_once)
    found = answers(cluster, [work("a", _sleep=0.8, _count=str(begun))])
    assert found["a"].verdict and found["a"].tries == 2 and "lost the job (cancelled)" in found["a"].log
    assert len(tries(begun)) == 2


def ready():
    return {"kit": "1", "pid": os.getpid()}


def not_ready():
    raise CourseError("the box is not to be had here")


def test_every_worker_is_prepared_and_compared(cluster):
    assert answers(cluster, [work("a")], prepare=ready, expected={"kit": "1"})["a"].verdict
    with pytest.raises(CourseError, match="another kit"):
        answers(cluster, [work("a")], prepare=ready, expected={"kit": "2"})
    with pytest.raises(CourseError, match="cannot grade: the box is not to be had here"):
        answers(cluster, [work("a")], prepare=not_ready)


def test_nobody_there_is_a_sentence(monkeypatch):
    monkeypatch.setattr(dask_pool, "CONNECTING", 0.5)
    with pytest.raises(CourseError, match="No Dask scheduler answers at tcp://127.0.0.1:9"):
        list(run([work("a")], "tcp://127.0.0.1:9", sound, ECHO))


def test_an_encrypted_scheduler_without_a_certificate_is_a_sentence():
    with pytest.raises(CourseError, match="needs a certificate"):
        list(run([work("a")], "tls://127.0.0.1:9", sound, ECHO))


def test_one_job_at_a_time_in_a_process(tmp_path):
    """Two threads of one worker take turns, because they would share torch's random numbers."""
    start = time.monotonic()
    job = json.dumps({"_sleep": 0.2}).encode()
    threads = [threading.Thread(target=judge_here, args=(ECHO, job, 5.0)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - start >= 0.6
