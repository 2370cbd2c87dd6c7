"""What stock nbgrader makes of the hostile submissions, beside what `course grade` makes of them.

    python benchmarks/stock_nbgrader.py --ours marks.json --json stock.json --table stock.md

`marks.json` is what `course grade hw_sampler --submissions DIR --json marks.json` wrote for the same submissions
(`python tests/submission_builder.py hostile DIR` builds them); without it the second column stays empty.

Every submission is marked by nbgrader's own `Autograde` in a throw-away copy of the course, with its stock
preprocessors and the hidden tests in the test cells, beside a student whose mark is already in the gradebook. Where the
run fails, it is repeated with another student behind, to see whether that one is marked at all. Nothing here is boxed:
the submissions that fill memory, disk or time are bounded by themselves and by limits of the process.
"""

import argparse
import contextlib
import copy
import glob
import hashlib
import json
import multiprocessing
import os
import re
import resource
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log
from tqdm import tqdm
from traitlets.config import Config

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO / "tests"))

from submission_builder import ASSIGNMENT, POINTS, build, constants, expected, scripts, student  # noqa: E402

from benchmarks import grading_page  # noqa: E402
from grader.course import quiet_nbgrader  # noqa: E402
from grader.kernel import use_own_environment  # noqa: E402

SETTINGS = {
    "CourseDirectory": {"course_id": "text-generation"},
    "ClearSolutions": {"code_stub": {"python": 'raise NotImplementedError("here")'}},
    "Execute": {"timeout": 8, "iopub_timeout": 8, "startup_timeout": 120},
    "OverwriteCells": {"add_missing_cells": True},
    "HTMLExporter": {"template_name": "feedback"},
}
NEIGHBOUR, BEHIND = "neighbour", "zz-behind"
LIMITS = {
    resource.RLIMIT_AS: 6 * 2**30,
    resource.RLIMIT_FSIZE: 512 * 2**20,
    resource.RLIMIT_CPU: 90,
    resource.RLIMIT_NPROC: 2000,
    resource.RLIMIT_NOFILE: 1024,
    resource.RLIMIT_CORE: 0,
}
SECONDS = 90.0
LARGE = 50 * 2**20
MARK = "STOCK_NBGRADER_RUN"


@dataclass
class Result:
    """What became of one submission.

    Attributes:
        name: of the script.
        scores: points by task; None if there is no mark.
        won: unearned points.
        lost: points that were earned and not given.
        harm: to whom else and how, in words.
        problem: why there is no mark, in words.
        aborted: whether the student behind got no mark either; None where that was not tried (yet).
        seconds: the run took.
    """

    name: str
    scores: dict[str, float] | None = None
    won: float = 0.0
    lost: float = 0.0
    harm: list[str] = field(default_factory=list)
    problem: str = ""
    aborted: bool | None = None
    seconds: float = 0.0

    def __str__(self) -> str:
        if self.scores is None:
            said = f"no mark ({self.problem})"
        else:
            said = f"{sum(self.scores.values()):g} of {sum(POINTS.values()):g}"
        said += f", **{self.won:g} unearned**" if self.won else ""
        said += ", **stops the run**" if self.aborted else ""
        return said + "".join(f", **{one}**" for one in self.harm)


def convert(root: Path, step: type, name: str = ".", **options: Any) -> tuple[bool, str]:
    """One step of nbgrader's own on a course; returns whether it succeeded and what it logged.

    Args:
        root: the course.
        step: nbgrader's converter.
        name: whose submission; "*" is everybody's but the neighbour's.
        options: of the converter.
    """
    config = Config(copy.deepcopy(SETTINGS))
    config.CourseDirectory.root = str(root)
    directory = CourseDirectory(config=config)
    directory.assignment_id = ASSIGNMENT
    directory.student_id = name if name == "*" else glob.escape(name)
    directory.student_id_exclude = NEIGHBOUR if name == "*" else ""
    converter = step(coursedir=directory, config=config)
    for option, value in options.items():
        setattr(converter, option, value)
    result = capture_log(converter)
    return result["success"], result.get("log", "") + result.get("error", "")


def release_of(root: Path) -> Path:
    """The released notebook of a course."""
    return root / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"


def make_template(scratch: Path) -> Path:
    """A course as stock nbgrader has it, with the neighbour marked; returns its folder.

    The cell that writes jokes is left out: it only takes time.
    """
    root = scratch / "template"
    home = root / "source" / ASSIGNMENT
    home.mkdir(parents=True)
    notebook = nbformat.read(REPO / "assignments" / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    notebook.cells = [cell for cell in notebook.cells if "load_weights" not in cell.source]
    nbformat.write(notebook, home / f"{ASSIGNMENT}.ipynb")
    success, log = convert(root, GenerateAssignment, create_assignment=True)
    assert success, log
    honest = scratch / f"{NEIGHBOUR}.py"
    honest.write_text('"""Right."""\n', encoding="utf-8")
    build(honest, release_of(root), root / "submitted")
    success, log = convert(root, Autograde, NEIGHBOUR, create_student=True)
    assert success and read_scores(root, NEIGHBOUR) == POINTS, log
    return root


def read_scores(root: Path, name: str) -> dict[str, float] | None:
    """A student's marks by task, straight from the gradebook's tables; None if there is none."""
    with contextlib.closing(sqlite3.connect(root / "gradebook.db", timeout=10)) as book:
        rows = book.execute(
            "SELECT base_cell.name, grade.auto_score FROM grade JOIN base_cell ON grade.cell_id = base_cell.id "
            "JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id "
            "JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id "
            "WHERE submitted_assignment.student_id = ?",
            (name,),
        ).fetchall()
    scores = {test.removeprefix("test_"): score for test, score in rows if test.removeprefix("test_") in POINTS}
    if not scores or all(score is None for score in scores.values()):
        return None
    return {task: scores.get(task) or 0.0 for task in POINTS}


def autograde(root: Path, name: str, log: Path, with_feedback: bool) -> None:
    """In a process of its own: stock autograding of one student under limits."""
    os.setsid()
    for what, most in LIMITS.items():
        resource.setrlimit(what, (most, most))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    os.environ[MARK] = str(root)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    success, said = convert(root, Autograde, name, create_student=True, force=True)
    log.write_text(json.dumps({"success": success, "error": last_error(said)}), encoding="utf-8")
    if with_feedback and success:
        convert(root, GenerateFeedback, name, force=True)
    os._exit(0)


def last_error(log: str) -> str:
    """The name of the exception that ended a run, from its log."""
    found = re.findall(r"^\s*[\w.]*?(\w+(?:Error|Exception|Entry|Interrupt))\b", log, re.MULTILINE)
    named = [one for one in found if one != "NbGraderException"]
    return (named or found or ["no reason was logged"])[-1]


class Run:
    """One submission on its way through stock nbgrader."""

    def __init__(self, path: Path, template: Path, root: Path, behind: bool = False) -> None:
        self.path, self.name, self.behind = path, student(path), behind
        self.root = root / uuid.uuid4().hex[:8] / "course"
        shutil.copytree(template, self.root, symlinks=True)
        with contextlib.suppress(OSError):  # a name that the file system refuses
            build(path, release_of(self.root), self.root / "submitted")
        if behind:
            place = self.root / "submitted" / BEHIND / ASSIGNMENT
            place.mkdir(parents=True)
            shutil.copyfile(release_of(self.root), place / release_of(self.root).name)
        self.before = self._others()
        self.log = self.root.parent / "log.json"
        self.began = time.monotonic()
        whom = "*" if behind else self.name
        with_feedback = "PAYLOAD" in constants(path) and not behind
        context = multiprocessing.get_context("fork")
        self.process = context.Process(target=autograde, args=(self.root, whom, self.log, with_feedback))
        self.process.start()

    @property
    def deadline(self) -> float:
        return self.began + (SECONDS + 4 * SETTINGS["Execute"]["timeout"]) * (1 + self.behind)

    def _others(self) -> dict[str, str]:
        """A digest of every file that isn't this student's, and of the neighbour's marks."""
        found = {"marks": str(read_scores(self.root, NEIGHBOUR))}
        for step in ("source", "release", f"submitted/{NEIGHBOUR}", f"autograded/{NEIGHBOUR}"):
            place = self.root / step
            for path in sorted(place.rglob("*")):
                if path.is_file():
                    found[str(path.relative_to(self.root))] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

    def finish(self) -> Result:
        """End it, look at what it left, and clean up."""
        result = Result(self.path.stem, seconds=round(time.monotonic() - self.began, 1))
        late = self.process.is_alive()
        if late:
            self.process.kill()
        self.process.join()
        time.sleep(0.3)
        left = list(processes_of(self.root))
        for process in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        said = json.loads(self.log.read_text("utf-8")) if self.log.is_file() else {"success": False, "error": ""}
        result.problem = "does not come to an end" if late else said["error"] or f"exit code {self.process.exitcode}"
        try:
            result.scores = read_scores(self.root, self.name) if said["success"] else None
        except sqlite3.Error as error:
            result.harm.append(f"the gradebook is damaged ({error})")
        if result.scores is not None:
            wanted = expected(self.path).scores
            result.won = sum(max(0.0, score - wanted[task][1]) for task, score in result.scores.items())
            result.lost = sum(max(0.0, wanted[task][0] - score) for task, score in result.scores.items())
        if left and not late:
            result.harm.append("leaves a process behind")
        result.harm += self._harm()
        if self.behind:
            result.aborted = read_scores(self.root, BEHIND) is None
        shutil.rmtree(self.root.parent, ignore_errors=True)
        return result

    def _harm(self) -> Iterator[str]:
        after = self._others()
        if after["marks"] != self.before["marks"]:
            yield "changes another student's mark"
        if {**after, "marks": ""} != {**self.before, "marks": ""}:
            yield "changes other people's files"
        text = self.path.read_text("utf-8")
        marked = [path for path in Path("/tmp").glob("hostile-*") if str(path) in text]
        if marked:
            yield "writes outside of its folder"
        for path in marked:
            path.unlink(missing_ok=True)
        autograded = [path for path in (self.root / "autograded" / self.name).rglob("*") if path.is_file()]
        system = Path("/etc/passwd").read_bytes()
        if any(path.stat().st_size == len(system) and path.read_bytes() == system for path in autograded):
            yield "a system file is copied into the course"
        if sum(path.stat().st_blocks * 512 for path in autograded) > LARGE:
            yield "fills the disk"
        payload = constants(self.path).get("PAYLOAD")
        pages = (self.root / "feedback" / self.name).rglob("*.html")
        if payload and any(payload in page.read_text("utf-8", errors="replace") for page in pages):
            yield "script in the feedback page"


def processes_of(root: Path) -> Iterator[int]:
    """Processes that this run started and that are still there, by the mark in their environment."""
    wanted = f"{MARK}={root}".encode()
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with contextlib.suppress(OSError):
                if wanted in (place / "environ").read_bytes().split(b"\0"):
                    yield int(place.name)


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
                    bar.set_postfix_str(f"{run.path.stem}: {results[run.path.stem]}"[:60])
    if so_far:
        so_far.unlink(missing_ok=True)
    return results


def as_json(results: dict[str, Result], more: dict[str, Any] | None = None) -> str:
    """Results as they are kept."""
    data = {name: {**asdict(one), **(more or {}).get(name, {})} for name, one in sorted(results.items())}
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def read_results(path: Path | None) -> dict[str, Result]:
    """What `as_json` wrote; nothing if there is no such file."""
    if path is None or not path.is_file():
        return {}
    return {name: Result(**one) for name, one in json.loads(path.read_text(encoding="utf-8")).items()}


def ours(path: Path | None) -> dict[str, str]:
    """By student, what `course grade --json` says: points and fault."""
    if path is None:
        return {}
    marks = json.loads(path.read_text(encoding="utf-8"))["results"]
    return {
        one["student"]: ("no verdict" if one["score"] is None else f"{one['score']:g} of {one['max_score']:g}")
        + (f" ({one['fault']})" if one["fault"] else "")
        for one in marks
    }


def table(results: dict[str, Result], mine: dict[str, str]) -> str:
    """The two columns as Markdown, with a line that sums them up."""
    lines = ["| submission | stock nbgrader | course grade |", "|---|---|---|"]
    for name, result in sorted(results.items()):
        path = next(path for path in scripts("hostile") if path.stem == name)
        said = str(result).replace("|", "\\|").replace("<", "&lt;")
        lines.append(f"| {name} | {said} | {mine.get(student(path), '')} |")
    return "\n".join(lines) + f"\n\n{summary(results)}\n"


def counts(results: dict[str, Result]) -> dict[str, int]:
    """How many of the submissions did what."""
    all_of_them = results.values()
    return {
        grading_page.WON: sum(one.won > 0 for one in all_of_them),
        grading_page.HARM: sum(bool(one.harm) for one in all_of_them),
        grading_page.STOPPED: sum(bool(one.aborted) for one in all_of_them),
        grading_page.NO_MARK: sum(one.scores is None for one in all_of_them),
        grading_page.LOST: sum(one.lost > 0 for one in all_of_them),
    }


def summary(results: dict[str, Result]) -> str:
    """One sentence about stock nbgrader."""
    found = ", ".join(f"{number} {what}" for what, number in counts(results).items())
    return f"Of {len(results)} with stock nbgrader: {found}."


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ours", type=Path, help="marks as `course grade --json` wrote them")
    parser.add_argument("--json", type=Path, help="write all results there")
    parser.add_argument("--table", type=Path, help="write the two columns there, as Markdown")
    parser.add_argument("--only", nargs="*", help="names of scripts")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=8, help="seconds for one cell; more on a busy machine")
    arguments = parser.parse_args()
    paths = [path for path in scripts("hostile") if not arguments.only or path.stem in arguments.only]
    results = measure(paths, arguments.workers, arguments.timeout)
    if arguments.json:
        mine = {name: {"ours": said} for name, said in ours(arguments.ours).items()}
        arguments.json.write_text(as_json(results, mine), encoding="utf-8")
    text = table(results, ours(arguments.ours))
    if arguments.table:
        arguments.table.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
