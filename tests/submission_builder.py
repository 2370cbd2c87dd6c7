"""Whole submissions from the scripts of tests/submissions, and the verdict that each must get.

A script is a file of answers (see `grader.answers`). Before its first cell stand a docstring, which says what it is,
and constants, which are only ever read as literals:

    LOSES = {"draw": "arg-max"}       wrong: task -> the diagnosis it must get; the other tasks keep their points
    ONLY_HIDDEN = True                wrong: the visible checks are too small to see it
    REMARKS = {"draw": "python-loop"} right: remarks that cost nothing
    SCORES = {"draw": 0}              hostile: what is earned; a pair (lowest, highest) where several outcomes are fair.
                                      "*" stands for the tasks not named, which otherwise have full points
    FAULT = "timeout"                 hostile: the fault, or a tuple of possible ones; None if it is left out
    STUDENT = "anna"                  the student's folder; by default the script's name
    PAYLOAD = "<script>"              text that must not stand in a page as it is

A cell `# %% tamper` of a hostile script is mischief with the files themselves. It is run by the builder, here, with

    notebook   the finished notebook (nbformat); set it to None and no file is written
    cell       cell("draw") is the cell of that grade_id
    released   released("draw") is the text that students got in that cell
    folder     STUDENT/hw_sampler/, for files beside the notebook; a file of the notebook's name is left as it is
    raw        set it to bytes (or text), and they become the file instead of the notebook
"""

import ast
import json
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from grader.answers import HEADER, make_submission
from grader.cases.properties import PROPERTIES
from grader.course import Course
from grader.demo import fresh_course
from grader.paths import CONFIG, assignments_dir

FOLDER = Path(__file__).parent / "submissions"
# Added to the settings where all hostile ones are graded: a loop without an end costs a whole limit. Filling the memory
# that is allowed must take a fraction of the time that is allowed: a gigabyte that a virtual machine has never touched
# took more than two seconds of the processor.
HOSTILE_LIMITS = """
c.Box.cpu_seconds = 5.0
c.Box.wall_seconds = 10.0
c.Box.wall_seconds_in_all = 30.0
c.Box.address_space = 2**30
"""
ASSIGNMENT = "hw_sampler"
POINTS = {task: sum(part.points for part in parts) for task, parts in PROPERTIES.items()}
STEP = min(part.points for parts in PROPERTIES.values() for part in parts)
TAMPER = "tamper"
OTHERS = "*"
NO_VERDICT = "infrastructure"


@dataclass(frozen=True)
class Expected:
    """The verdict that a submission must get.

    Attributes:
        scores: lowest and highest points of every task.
        faults: the possible faults; None is "no fault".
        diagnoses: by task that loses points, of a wrong submission.
        remarks: by task, of a right submission.
    """

    scores: dict[str, tuple[float, float]]
    faults: tuple[str | None, ...] = (None,)
    diagnoses: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)

    @property
    def earned(self) -> float:
        """The most points that the submission has honestly earned."""
        return sum(highest for _, highest in self.scores.values())

    def complaints(self, mark: dict[str, Any]) -> list[str]:
        """What is not as it must be in a mark (as `Mark.as_json` or `course grade --json` gives it)."""
        found = []
        if mark["fault"] not in self.faults:
            found.append(f"fault {mark['fault']!r} instead of {' or '.join(map(repr, self.faults))}")
        elif mark["fault"] == NO_VERDICT:
            return [] if mark["score"] is None else [f"{mark['score']} points without a verdict"]
        got = {task["grade_id"]: task["score"] for task in mark["tasks"]}
        if set(got) != set(self.scores):
            found.append(f"tasks {sorted(got)} instead of {sorted(self.scores)}")
        for task, (lowest, highest) in self.scores.items():
            score = got.get(task)
            if score is None or not lowest <= score <= highest:
                wanted = f"{lowest:g}" if lowest == highest else f"{lowest:g} to {highest:g}"
                found.append(f"{task}: {score} instead of {wanted}")
        return found


def scripts(kind: str) -> list[Path]:
    """The scripts of a kind: right, wrong or hostile."""
    return sorted((FOLDER / kind).glob("*.py"))


def expected(path: Path) -> Expected:
    """The verdict that a script's constants ask for; without any it is full points."""
    said = constants(path)
    if unknown := set(said.get("SCORES", {})) - {*POINTS, OTHERS} | set(said.get("LOSES", {})) - set(POINTS):
        raise ValueError(f"{path.name}: no such task: {sorted(unknown)}")
    named = said.get("SCORES", {})
    scores = {task: _span(named.get(task, named.get(OTHERS, points)), points) for task, points in POINTS.items()}
    for task in said.get("LOSES", {}):
        scores[task] = (0.0, POINTS[task] - STEP)
    fault = said.get("FAULT")
    faults = fault if isinstance(fault, tuple) else (fault,)
    return Expected(scores, faults, dict(said.get("LOSES", {})), dict(said.get("REMARKS", {})))


def course_with(settings: str, folder: Path) -> Course:
    """A course as it comes, in a new folder, with these lines at the end of its settings."""
    course = fresh_course(folder, assignments_dir())
    config = course.root / CONFIG
    config.write_text(config.read_text("utf-8") + settings, encoding="utf-8")
    return Course(course.root)


def student(path: Path) -> str:
    """The name of the student's folder."""
    return constants(path).get("STUDENT", path.stem)


def build(path: Path, release: Path, into: Path | None = None) -> Path:
    """Write a whole submission.

    Args:
        path: the script.
        release: the released notebook; the model answers are taken from the source beside it.
        into: where the student's folder goes; None is a new temporary folder.

    Returns:
        The folder STUDENT/hw_sampler.
    """
    into = Path(tempfile.mkdtemp(prefix="submission-")) if into is None else into
    folder = into / student(path) / ASSIGNMENT
    folder.mkdir(parents=True)
    _, answers, mischief = parts(path)
    with tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch) / path.name
        script.write_text(answers, encoding="utf-8")
        notebook = make_submission(release, script)
    template = nbformat.read(release, as_version=4)
    space = {"notebook": notebook, "folder": folder, "raw": None}
    space |= {"cell": lambda name: _cell(notebook, name), "released": lambda name: _cell(template, name).source}
    exec(compile(mischief, f"{path.name}: {TAMPER}", "exec"), space)
    target, raw = folder / f"{ASSIGNMENT}.ipynb", space["raw"]
    if raw is not None:
        target.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    elif space["notebook"] is not None and not target.exists() and not target.is_symlink():
        target.write_text(json.dumps(space["notebook"], ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return folder


@cache
def constants(path: Path) -> dict[str, Any]:
    """The constants of a script's head, and its docstring as "__doc__"."""
    head = ast.parse(parts(path)[0])
    found: dict[str, Any] = {"__doc__": ast.get_docstring(head)}
    for statement in head.body:
        if isinstance(statement, ast.Assign):
            found[statement.targets[0].id] = ast.literal_eval(statement.value)
    return found


def parts(path: Path) -> tuple[str, str, str]:
    """A script as three texts: its head, its answers (a file of answers), and its mischief."""
    text = path.read_text(encoding="utf-8")
    headers = list(HEADER.finditer(text))
    head = text[: headers[0].start()] if headers else text
    ends = [header.start() for header in headers[1:]] + [len(text)]
    cells = [(header.group(2), text[header.start() : end]) for header, end in zip(headers, ends, strict=False)]
    answers = "".join(cell for name, cell in cells if name != TAMPER)
    return head, answers, "".join(cell for name, cell in cells if name == TAMPER)


def _span(score: float | tuple[float, float], points: float) -> tuple[float, float]:
    lowest, highest = score if isinstance(score, tuple) else (score, score)
    return float(lowest), min(float(highest), points)


def _cell(notebook: Any, grade_id: str) -> Any:
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def main() -> None:
    """`python tests/submission_builder.py hostile DIR` writes all of a kind, for `course grade --submissions DIR`."""
    kind, into = sys.argv[1], Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as scratch:
        course = fresh_course(Path(scratch) / "course", assignments_dir())
        outcome = course.generate_release(ASSIGNMENT)
        if not outcome.success:
            sys.exit(outcome.last_error())
        for path in scripts(kind):
            print(build(path, course.notebook("release", ASSIGNMENT), into))


if __name__ == "__main__":
    main()
