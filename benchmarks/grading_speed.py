"""Submissions a minute: `course grade` beside stock `nbgrader autograde`, on the same notebooks and cores, in turns.

    python -m benchmarks.grading_speed [--submissions 60] [--runs 3] [--json FILE]

Half of the submissions are right, half have a known mistake. Every run is the whole command in a fresh copy of its
course, from its start to its end: `course grade` also writes the feedback pages, `nbgrader autograde` only marks. Stock
nbgrader has its own preprocessors and the hidden tests in the test cells; the cell in which a student's sampler tells
jokes is left out of its notebook, for it only takes time. It runs twice: as the one process that the command is, and as
a process for each core, every one with its share of the class and a gradebook of its own.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO / "tests"))

from submission_builder import ASSIGNMENT, build, scripts, student  # noqa: E402

from benchmarks import stock_run as stock  # noqa: E402
from benchmarks.measure import machine  # noqa: E402
from grader.course import quiet_nbgrader  # noqa: E402
from grader.demo import fresh_course  # noqa: E402
from grader.kernel import use_own_environment  # noqa: E402
from grader.paths import CONFIG, assignments_dir, build_dir  # noqa: E402
from grader.pool import default_workers  # noqa: E402

TARGET = 5.0
OURS, ONE, SIDE_BY_SIDE = "course grade", "nbgrader autograde", "nbgrader autograde, a process for each core"
STOCK_SECONDS = 120
"""For one cell under stock nbgrader: nobody shall lose to a busy machine."""


@dataclass
class Way:
    """One way to grade, and the seconds that each run took."""

    name: str
    seconds: list[float] = field(default_factory=list)
    marked: list[int] = field(default_factory=list)

    def per_minute(self, submissions: int) -> list[float]:
        """Submissions a minute, by run."""
        return [60 * submissions / one for one in self.seconds]

    def median(self, submissions: int) -> float:
        """Submissions a minute."""
        return statistics.median(self.per_minute(submissions))


def choose(number: int) -> list[Path]:
    """Scripts of right and of wrong submissions, as many of each as there are, spread over all of them."""
    right, wrong = scripts("right"), scripts("wrong")
    half = min(number // 2, len(right))
    others = number - half
    return [*right[:half], *(wrong[len(wrong) * i // others] for i in range(others))]


class Courses:
    """The two courses as they are before grading, and the runs in copies of them."""

    def __init__(self, scratch: Path, paths: list[Path]) -> None:
        self.scratch, self.names = scratch, [student(path) for path in paths]
        course = fresh_course(scratch / "ours", assignments_dir())
        outcome = course.generate_release(ASSIGNMENT)
        if not outcome.success:
            raise SystemExit(outcome.last_error())
        self.ours, self.stock = course.root, stock.make_template(scratch)
        shutil.rmtree(self.stock / "submitted")
        for path in paths:
            build(path, course.notebook("release", ASSIGNMENT), self.ours / "submitted")
            build(path, stock.release_of(self.stock), self.stock / "submitted")
        settings = {**stock.SETTINGS, "Execute": {"timeout": STOCK_SECONDS, "startup_timeout": STOCK_SECONDS}}
        lines = [f"c.{name}.{key} = {value!r}" for name, one in settings.items() for key, value in one.items()]
        (self.stock / CONFIG).write_text("c = get_config()\n" + "\n".join(lines) + "\n", encoding="utf-8")

    def run(self, way: Way) -> None:
        """Grade the class once in this way, in fresh copies, and note how long it took."""
        shares = [self.names]
        if way.name == SIDE_BY_SIDE:
            shares = [self.names[i :: default_workers()] for i in range(default_workers())]
        roots = [self._copy(self.ours if way.name == OURS else self.stock, share) for share in shares]
        command = [sys.executable, "-m", "grader.cli", "grade", ASSIGNMENT]
        if way.name != OURS:
            command = [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT, "--create"]
        start = time.monotonic()
        runs = [
            subprocess.Popen(
                [*command, *(["--course", str(root)] if way.name == OURS else [])], cwd=root,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
            for root in roots
        ]  # fmt: skip
        for run in runs:
            run.wait()
        way.seconds.append(time.monotonic() - start)
        way.marked.append(
            sum(
                stock.read_scores(root, name) is not None for root, of in zip(roots, shares, strict=True) for name in of
            )
        )
        for root in roots:
            shutil.rmtree(root)

    def _copy(self, template: Path, names: list[str]) -> Path:
        root = Path(tempfile.mkdtemp(dir=self.scratch)) / "course"
        leave_out = set(self.names) - set(names)
        shutil.copytree(template, root, ignore=lambda folder, found: leave_out & set(found))
        return root


def table(ways: list[Way], submissions: int) -> str:
    """The ways as Markdown, and how many times faster the first one is."""
    lines = ["| way | submissions a minute, by run | median | marked |", "|---|---|--:|--:|"]
    for way in ways:
        each = way.per_minute(submissions)
        runs = " · ".join(f"{one:.0f}" for one in each)
        lines.append(f"| {way.name} | {runs} | {way.median(submissions):.0f} | {min(way.marked)} of {submissions} |")
    lines.append("")
    for other in ways[1:]:
        factor = ratio(ways[0], other)
        lines.append(f"{ways[0].name} is {factor:.1f} times as fast as {other.name} (goal: {TARGET:g}).")
    return "\n".join(lines)


def ratio(one: Way, other: Way) -> float:
    """How many times faster `one` is: the median over the runs, each beside its neighbour in time."""
    return statistics.median(b / a for a, b in zip(one.seconds, other.seconds, strict=True))


def measure(submissions: int, runs: int, names: list[str]) -> list[Way]:
    """All ways in turns."""
    os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")})
    use_own_environment()
    quiet_nbgrader()
    ways = [Way(name) for name in names]
    with tempfile.TemporaryDirectory(prefix="speed-", ignore_cleanup_errors=True) as scratch:
        courses = Courses(Path(scratch), choose(submissions))
        with tqdm(total=runs * len(ways), desc="Grading speed", unit="run") as bar:
            for number in range(runs):
                for way in ways if number % 2 == 0 else reversed(ways):
                    bar.set_postfix_str(way.name)
                    courses.run(way)
                    bar.update()
    return ways


def main() -> None:
    """Measure, print the table, write the numbers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=60)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, default=build_dir("grading-report") / "class.json")
    chosen = parser.parse_args()
    ways = measure(chosen.submissions, chosen.runs, [OURS, ONE, SIDE_BY_SIDE])
    text = table(ways, chosen.submissions)
    print(f"{chosen.submissions} submissions, {default_workers()} cores.\n\n{text}")
    data = {
        "machine": machine(),
        "load": os.getloadavg()[1],
        "submissions": chosen.submissions,
        "seconds": {way.name: way.seconds for way in ways},
        "times_as_fast": {other.name: ratio(ways[0], other) for other in ways[1:]},
    }
    chosen.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
