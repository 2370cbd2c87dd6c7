"""`make grading-report`: every figure that is claimed of the grader, measured anew and printed as one page.

    python -m benchmarks.grading_report [--gradings 2000] [--only chance wrong right hostile stock speed] [--docs]

The submissions of tests/submissions/ are taken in and graded by the real way: boxes, a pool of one worker a core. Right
answers are also examined many times in this machine's processes without a box: what is in question there is chance, and
a box draws no other numbers. "stock" has stock nbgrader mark the hostile ones (see benchmarks.stock_nbgrader; it works
in throw-away folders, but without a box), "speed" times both (see benchmarks.grading_speed).

Each section is kept in build/grading-report/, so that they can be measured one by one; the page is made of all that are
there. `--docs` writes it to docs/grading-report.md, and its figures into the README.
"""

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tqdm import tqdm

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO / "tests"))

from answer_scripts import namespace  # noqa: E402
from submission_builder import (  # noqa: E402
    ASSIGNMENT,
    HOSTILE_LIMITS,
    POINTS,
    Expected,
    build,
    course_with,
    expected,
    scripts,
    student,
)

from benchmarks import grading_page, grading_speed, readme, stock_nbgrader  # noqa: E402
from benchmarks.grading_page import Rows  # noqa: E402
from grader import pool  # noqa: E402
from grader.attempts import Work  # noqa: E402
from grader.cases import examine, false_alarm_bound, randomised_tests  # noqa: E402
from grader.cases.asking import LocalNotebook  # noqa: E402
from grader.cases.properties import PROPERTIES  # noqa: E402
from grader.jobs import Batch  # noqa: E402
from grader.marks import Mark  # noqa: E402
from grader.paths import build_dir, repo_root  # noqa: E402
from grader.ready import code_digest  # noqa: E402
from grader.results import read_reply  # noqa: E402

JOB_SECONDS = 1800.0
Measured = tuple[Rows, dict[str, Any]]
"""Figures as (what, value), and what else the page shows."""


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


def graded(kind: str, scratch: Path, limits: str = "") -> list[Graded]:
    """Every submission of a kind, built, taken in and graded in boxes, with a progress bar; `limits` are settings."""
    course = course_with(limits, scratch / "course")
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


def chance(chosen: argparse.Namespace, scratch: Path) -> Measured:
    """How many tests a right submission may fail by chance, and the bound of that chance."""
    return [
        ("randomised tests in one full grading", str(len(randomised_tests()))),
        ("bound of the chance that a right submission fails one", f"{false_alarm_bound():.1e}"),
    ], {}


def wrong(chosen: argparse.Namespace, scratch: Path) -> Measured:
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
        ("of these lose points in the right tasks and nowhere else", f"{len(lost)} ({len(lost) / len(found):.1%})"),
        ("first diagnosis is the right one", f"{len(named)} of {len(diagnoses)} ({len(named) / len(diagnoses):.1%})"),
    ], {}


def diagnosis_of(mark: Mark, task: str) -> str | None:
    """The diagnosis of one task."""
    return next((one.diagnosis for one in mark.tasks if one.grade_id == task), None)


def right(chosen: argparse.Namespace, scratch: Path) -> Measured:
    """Right answers of many kinds: full marks in the box, and again and again with fresh probes."""
    found = graded("right", scratch)
    full = [one for one in found if not one.complaints]
    for one in found:
        for complaint in one.complaints:
            tqdm.write(f"right/{one.path.stem}: {complaint}")
    failures = again_and_again([one.path.stem for one in found], chosen.gradings)
    gradings = chosen.gradings
    return [
        ("right answers, as different as correct code can be", str(len(found))),
        ("of these get full marks in the box", str(len(full))),
        ("gradings of them with fresh probes", str(gradings)),
        ("of these failed", str(len(failures))),
    ], {}


def again_and_again(names: list[str], gradings: int) -> list[str]:
    """Examine right answers so many times in all, each time with other probes; the complaints.

    Every hundred, what was done is kept, so that a run that was interrupted goes on where it was.
    """
    path = build_dir("grading-report") / "right-so-far.json"
    kept = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    same = kept.get("names") == names and kept.get("grader") == code_digest()
    done, failures = (kept["done"], kept["failures"]) if same else (0, [])
    tasks = [(names[number % len(names)], number) for number in range(done, gradings)]
    with multiprocessing.get_context("spawn").Pool(pool.default_workers(), single_threaded) as workers:
        runs = workers.imap(again, tasks, chunksize=2)
        for complaint in tqdm(runs, total=gradings, initial=done, desc="right, again", unit="grading"):
            done += 1
            if complaint:
                failures.append(complaint)
                tqdm.write(complaint)
            if done % 100 == 0:
                kept = {"names": names, "grader": code_digest(), "done": done, "failures": failures}
                path.write_text(json.dumps(kept), encoding="utf-8")
    path.unlink(missing_ok=True)
    return failures


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


def hostile(chosen: argparse.Namespace, scratch: Path) -> Measured:
    """Hostile submissions: each has the verdict it must get, and no point that it has not earned."""
    found = graded("hostile", scratch, HOSTILE_LIMITS)
    good = [one for one in found if not one.complaints]
    greedy = [one for one in found if (one.mark.score or 0) > one.expected.earned]
    for one in found:
        for complaint in one.complaints:
            tqdm.write(f"hostile/{one.path.stem}: {complaint}")
    due = {one.path: sum(least for least, _ in one.expected.scores.values()) for one in found}
    poorer = [one for one in found if one.mark.score is not None and one.mark.score < due[one.path]]
    counts = {
        grading_page.WON: len(greedy),
        grading_page.NO_MARK: sum(one.mark.score is None for one in found),
        grading_page.LOST: len(poorer),
    }
    return [
        ("hostile submissions", str(len(found))),
        ("of these get the verdict they must get", str(len(good))),
        ("of these win a point they have not earned", str(len(greedy))),
    ], {"marks": {one.path.stem: mark_in_words(one.mark) for one in found}, "counts": counts}


def mark_in_words(mark: Mark) -> str:
    """A mark and its fault, as the table has them."""
    said = "no verdict" if mark.score is None else f"{mark.score:g} of {mark.max_score:g}"
    return f"{said} ({mark.fault})" if mark.fault else said


def stock(chosen: argparse.Namespace, scratch: Path) -> Measured:
    """The hostile submissions under stock nbgrader."""
    so_far = build_dir("grading-report") / "stock-so-far.json"
    results = stock_nbgrader.measure(scripts("hostile"), pool.default_workers(), chosen.timeout, so_far)
    return stock_rows(results), {
        "results": {name: asdict(one) for name, one in results.items()},
        "counts": stock_nbgrader.counts(results),
    }


def stock_rows(results: dict[str, stock_nbgrader.Result]) -> Rows:
    """What stock nbgrader makes of them, counted."""
    counts = stock_nbgrader.counts(results)
    return [("the same hostile submissions under stock nbgrader", str(len(results)))] + [
        (f"of these {what}", str(number)) for what, number in counts.items()
    ]


def speed(chosen: argparse.Namespace, scratch: Path) -> Measured:
    """Submissions a minute beside stock nbgrader."""
    names = [grading_speed.OURS, grading_speed.ONE, grading_speed.SIDE_BY_SIDE]
    ways = grading_speed.measure(chosen.submissions, chosen.runs, names)
    rows = [(f"submissions a minute, {way.name}", f"{way.median(chosen.submissions):.0f}") for way in ways]
    rows += [(f"times as fast as {one.name}", f"{grading_speed.ratio(ways[0], one):.1f}") for one in ways[1:]]
    return rows, {
        "table": grading_speed.table(ways, chosen.submissions),
        "seconds": {one.name: one.seconds for one in ways},
    }


SECTIONS: dict[str, Callable[[argparse.Namespace, Path], Measured]] = {
    "chance": chance, "wrong": wrong, "right": right, "hostile": hostile, "stock": stock, "speed": speed,
}  # fmt: skip


def main() -> None:
    """Measure, keep the sections, print the page of all that are there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gradings", type=int, default=2000, help="of right answers with fresh probes")
    parser.add_argument("--submissions", type=int, default=60, help="in a class, to measure speed with")
    parser.add_argument("--runs", type=int, default=3, help="of each way, to measure speed")
    parser.add_argument("--timeout", type=int, default=8, help="seconds for a cell under stock nbgrader")
    parser.add_argument("--only", nargs="*", choices=list(SECTIONS), default=list(SECTIONS))
    parser.add_argument("--docs", action="store_true", help="write docs/grading-report.md and the README's figures")
    chosen = parser.parse_args()
    folder = build_dir("grading-report")
    for name in chosen.only:
        with tempfile.TemporaryDirectory(prefix="grading-report-", ignore_cleanup_errors=True) as scratch:
            rows, more = SECTIONS[name](chosen, Path(scratch))
        kept = {"measured": date.today().isoformat(), "cores": pool.default_workers(), "rows": rows, **more}
        (folder / f"{name}.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    found = {name: folder / f"{name}.json" for name in SECTIONS}
    kept = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in found.items() if path.is_file()}
    print(grading_page.figures(kept))
    page = repo_root() / "docs" / "grading-report.md" if chosen.docs else folder / "report.md"
    page.write_text(grading_page.page(kept), encoding="utf-8")
    if chosen.docs:
        readme.put(repo_root() / "README.md", grading_page.BEGIN, grading_page.END, grading_page.short(kept))
    print(f"\nThe page: {page}")


if __name__ == "__main__":
    main()
