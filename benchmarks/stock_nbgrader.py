"""What stock nbgrader makes of the hostile submissions: the section "stock" of the grading report.

Every submission is marked by nbgrader's own `Autograde` in a throw-away copy of the course, with its stock
preprocessors and the hidden tests in the test cells, beside a student whose mark is already in the gradebook. Where the
run fails, it is repeated with another student behind, to see whether that one is marked at all.
"""

import json
import os
import tempfile
import time
from dataclasses import asdict
from multiprocessing.connection import wait
from pathlib import Path

from tqdm import tqdm

from benchmarks.grading_page import HARM, LOST, NO_MARK, STOPPED, WON, stock_in_words
from benchmarks.stock_run import SETTINGS, Result, Run, make_template
from grader.course import quiet_nbgrader
from grader.kernel import use_own_environment


def run_all(
    paths: list[Path], template: Path, root: Path, workers: int, so_far: Path | None = None
) -> dict[str, Result]:
    """Every submission once, `workers` at a time; the ones that failed once more with a student behind.

    `so_far` keeps the results until all are there, so that a run that was interrupted goes on where it was.
    """
    results = read_results(so_far)
    half = {name for name, one in results.items() if one.scores is None and one.aborted is None}
    waiting = [(path, path.stem in half) for path in paths if path.stem in half or path.stem not in results]
    running: list[Run] = []
    with tqdm(total=len(paths), initial=len(paths) - len(waiting), desc="Stock nbgrader", unit="notebook") as bar:
        while waiting or running:
            while waiting and len(running) < workers:
                path, behind = waiting.pop(0)
                running.append(Run(path, template, root, behind))
            timeout = max(0.0, min(run.deadline for run in running) - time.monotonic())
            wait([run.process.sentinel for run in running], timeout)
            for run in [one for one in running if not one.process.is_alive() or time.monotonic() > one.deadline]:
                running.remove(run)
                result = run.finish()
                if run.behind:
                    results[run.path.stem].aborted = result.aborted
                    results[run.path.stem].seconds += result.seconds
                else:
                    results[run.path.stem] = result
                if result.scores is None and not run.behind:
                    waiting.append((run.path, True))
                else:
                    if so_far:
                        so_far.write_text(as_json(results), encoding="utf-8")
                    bar.update()
                    bar.set_postfix_str(f"{run.path.stem}: {stock_in_words(asdict(results[run.path.stem]))}"[:60])
    if so_far:
        so_far.unlink(missing_ok=True)
    return results


def as_json(results: dict[str, Result]) -> str:
    """Results as they are kept."""
    data = {name: asdict(one) for name, one in sorted(results.items())}
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def read_results(path: Path | None) -> dict[str, Result]:
    """What `as_json` wrote; nothing if there is no such file."""
    if path is None or not path.is_file():
        return {}
    return {name: Result(**one) for name, one in json.loads(path.read_text(encoding="utf-8")).items()}


def counts(results: dict[str, Result]) -> dict[str, int]:
    """How many of the submissions did what."""
    all_of_them = results.values()
    return {
        WON: sum(one.won > 0 for one in all_of_them),
        HARM: sum(bool(one.harm) for one in all_of_them),
        STOPPED: sum(bool(one.aborted) for one in all_of_them),
        NO_MARK: sum(one.scores is None for one in all_of_them),
        LOST: sum(one.lost > 0 for one in all_of_them),
    }


def measure(paths: list[Path], workers: int, timeout: int, so_far: Path | None = None) -> dict[str, Result]:
    """What became of each submission.

    Args:
        paths: scripts of tests/submissions/hostile.
        workers: so many at a time.
        timeout: seconds for one cell; more on a busy machine.
        so_far: see `run_all`.
    """
    SETTINGS["Execute"]["timeout"] = timeout
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    use_own_environment()
    quiet_nbgrader()
    with tempfile.TemporaryDirectory(prefix="stock-", ignore_cleanup_errors=True) as scratch:
        return run_all(paths, make_template(Path(scratch)), Path(scratch), workers, so_far)
