"""What a student waits for: the visible checks of the whole homework, on the model answers and row by row in Python."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from functools import partial

import nbformat

from benchmarks.measure import Row, at_most, milliseconds
from benchmarks.sizes import Sizes
from course_lib import checks
from grader.answers import parse_answers, read_answers
from grader.paths import ASSIGNMENT, assignments_dir, repo_root

SLOW = repo_root() / "tests" / "submissions" / "right" / "row-loops.py"


def rows(sizes: Sizes) -> Iterator[Row]:
    """In milliseconds, all checks of one notebook one after another."""
    source = nbformat.read(assignments_dir() / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    model = {name: text for name, text in read_answers(source).items() if name != "analysis"}
    loops = {name: text for name, text in parse_answers(SLOW.read_text(encoding="utf-8")).items() if text}
    for setting, given in (("model answers", model), ("answers that loop over rows", {**model, **loops})):
        space: dict = {}
        exec("import math\nimport torch\n" + "\n\n".join(given.values()), space)
        times = [milliseconds(partial(_check, model, space)) for _ in range(sizes.runs + 1)][1:]
        yield Row("checks", "visible checks of the homework", setting, times, [], "ms", "value", at_most(10_000.0))


def _check(names: dict, space: dict) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        for name in names:
            getattr(checks, f"check_{name.lower()}")(space[name])
