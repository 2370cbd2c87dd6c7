"""`make grading-report`: every figure that is claimed of the grader, measured anew and printed as one table.

    python -m benchmarks.grading_report [--gradings 2000] [--only chance wrong right hostile]

The submissions of tests/submissions/ are taken in and graded by the real way: boxes, a pool of one worker a core. Right
answers are also examined many times in this machine's processes without a box: what is in question there is chance, and
a box draws no other numbers.
"""

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO / "tests"))

from answer_scripts import namespace  # noqa: E402
from submission_builder import ASSIGNMENT, POINTS, Expected, build, expected, scripts, student  # noqa: E402

from grader import pool  # noqa: E402
from grader.attempts import Work  # noqa: E402
from grader.cases import examine, false_alarm_bound, randomised_tests  # noqa: E402
from grader.cases.asking import LocalNotebook  # noqa: E402
from grader.cases.properties import PROPERTIES  # noqa: E402
from grader.demo import fresh_course  # noqa: E402
from grader.jobs import Batch  # noqa: E402
from grader.marks import Mark  # noqa: E402
from grader.paths import assignments_dir, build_dir  # noqa: E402
from grader.results import read_reply  # noqa: E402

JOB_SECONDS = 1800.0
Rows = list[tuple[str, str]]


@dataclass(frozen=True)
class Graded:
    """One script of tests/submissions and the mark that its submission got."""

    path: Path
    mark: Mark

    @property
    def expected(self) -> Expected:
        """What the script's constants ask for."""
        return expected(self.path)

    @property
    def complaints(self) -> list[str]:
        """Where the mark is not what it must be."""
        return self.expected.complaints(self.mark.as_json())


def graded(kind: str, scratch: Path) -> list[Graded]:
    """Every submission of a kind, built, taken in and graded in boxes, with a progress bar."""
    course = fresh_course(scratch / "course", assignments_dir())
    outcome = course.generate_release(ASSIGNMENT)
    if not outcome.success:
        raise SystemExit(outcome.last_error())
    batch = Batch(course, ASSIGNMENT)
    batch.check_box()
    by_digest: dict[str, list[tuple[Path, Any]]] = {}
    done: list[Graded] = []
    for path in scripts(kind):
        build(path, course.notebook("release", ASSIGNMENT), course.root / "submitted")
        submission = batch.read(student(path))
        known = batch.known(submission)
        if known is not None:
            done.append(Graded(path, known))
        else:
            by_digest.setdefault(submission.digest, []).append((path, submission))
    works = [Work(key, batch.job(same[0][1]), JOB_SECONDS) for key, same in by_digest.items()]
    runs = pool.run(works, pool.default_workers(), lambda work, reply: read_reply(reply, POINTS))
    for settled in tqdm(runs, total=len(works), desc=kind, unit="notebook"):
        for path, submission in by_digest[settled.key]:
            mark = batch.settle(submission, settled.verdict, keep=False) if settled.verdict else None
            done.append(Graded(path, mark or batch.no_verdict(submission, settled.log)))
    return sorted(done, key=lambda one: one.path)


def chance() -> Rows:
    """How many tests a right submission may fail by chance, and the bound of that chance."""
    return [
        ("randomised tests in one full grading", str(len(randomised_tests()))),
        ("bound of the chance that a right submission fails one", f"{false_alarm_bound():.1e}"),
    ]


def wrong(scratch: Path) -> Rows:
    """Mistakes: does each cost points in its own tasks only, and is it called by its name?"""
    found = graded("wrong", scratch)
    lost = [one for one in found if not one.complaints]
    diagnoses = [(one.path.stem, task, name, diagnosis_of(one.mark, task)) for one in found
                 for task, name in one.expected.diagnoses.items()]  # fmt: skip
    named = [one for one in diagnoses if one[2] == one[3]]
    for one in found:
        for complaint in one.complaints:
            tqdm.write(f"wrong/{one.path.stem}: {complaint}")
    for script, task, name, got in diagnoses:
        if name != got:
            tqdm.write(f"wrong/{script}: {task} is called {got}, not {name}")
    return [
        ("named mistakes, each a whole notebook", str(len(found))),
        ("of these lose points in the right tasks and nowhere else", f"{len(lost)} ({len(lost) / len(found):.0%})"),
        ("first diagnosis is the right one", f"{len(named)} of {len(diagnoses)} ({len(named) / len(diagnoses):.0%})"),
    ]


def diagnosis_of(mark: Mark, task: str) -> str | None:
    """The diagnosis of one task."""
    return next((one.diagnosis for one in mark.tasks if one.grade_id == task), None)


def right(scratch: Path, gradings: int) -> Rows:
    """Right answers of many kinds: full marks in the box, and again and again with fresh probes."""
    found = graded("right", scratch)
    full = [one for one in found if not one.complaints]
    for one in found:
        for complaint in one.complaints:
            tqdm.write(f"right/{one.path.stem}: {complaint}")
    names = [one.path.stem for one in found]
    tasks = [(names[number % len(names)], number) for number in range(gradings)]
    with multiprocessing.get_context("spawn").Pool(pool.default_workers(), single_threaded) as workers:
        failures = [one for one in tqdm(workers.imap_unordered(again, tasks, chunksize=4), total=gradings,
                    desc="right, again", unit="grading") if one]  # fmt: skip
    for failure in failures:
        tqdm.write(failure)
    return [
        ("right answers, as different as correct code can be", str(len(found))),
        ("of these get full marks in the box", str(len(full))),
        ("gradings of them with fresh probes", str(gradings)),
        ("of these failed", str(len(failures))),
    ]


def single_threaded() -> None:
    """Each worker has a core of its own."""
    import torch

    torch.set_num_threads(1)


def again(task: tuple[str, int]) -> str | None:
    """Examine a right answer once more with other probes; the complaint if it fails."""
    name, seed = task
    with open(os.devnull, "w") as nothing:
        kept = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = nothing
        try:
            notebook = LocalNotebook(namespace("right", name))
            for grade_id in PROPERTIES:
                complaint = examine(grade_id, notebook, [seed, 2026]).complaint
                if complaint:
                    return f"right/{name}, seed {seed}: {complaint}"
        finally:
            sys.stdout, sys.stderr = kept
    return None


def hostile(scratch: Path) -> Rows:
    """Hostile submissions: each has the verdict it must get, and no point that it has not earned."""
    found = graded("hostile", scratch)
    good = [one for one in found if not one.complaints]
    greedy = [one for one in found if (one.mark.score or 0) > one.expected.earned]
    for one in found:
        for complaint in one.complaints:
            tqdm.write(f"hostile/{one.path.stem}: {complaint}")
    return [
        ("hostile submissions", str(len(found))),
        ("of these get the verdict they must get", str(len(good))),
        ("of these win a point they have not earned", str(len(greedy))),
    ]


def sections(names: list[str], gradings: int) -> Iterator[tuple[str, Rows]]:
    """The figures, a section at a time."""
    for name in names:
        with tempfile.TemporaryDirectory(prefix="grading-report-") as scratch:
            if name == "chance":
                yield name, chance()
            elif name == "right":
                yield name, right(Path(scratch), gradings)
            else:
                yield name, {"wrong": wrong, "hostile": hostile}[name](Path(scratch))


def main() -> None:
    """Measure, print a Markdown table, and write it with the numbers to build/grading-report/."""
    known = ["chance", "wrong", "right", "hostile"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gradings", type=int, default=2000, help="of right answers with fresh probes")
    parser.add_argument("--only", nargs="+", choices=known, default=known)
    chosen = parser.parse_args()
    start, rows = time.monotonic(), []
    for _, figures in sections(chosen.only, chosen.gradings):
        rows += figures
    lines = ["| figure | measured |", "|---|---|", *(f"| {what} | {value} |" for what, value in rows)]
    print("\n".join(lines))
    print(f"\nMeasured in {(time.monotonic() - start) / 60:.0f} minutes on {pool.default_workers()} cores.")
    folder = build_dir("grading-report")
    (folder / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "report.json").write_text(json.dumps(dict(rows), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
