"""What it costs to begin: imports and the command's help, each in a fresh process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row, at_most, milliseconds
from benchmarks.sizes import Sizes

ROOT = Path(__file__).parent.parent
IMPORT = "import time; start = time.perf_counter(); import course_lib; print(time.perf_counter() - start)"


def rows(sizes: Sizes) -> Iterator[Row]:
    """In milliseconds; the first run of each, from a cold disk, isn't counted."""
    imports = [1000 * float(_output("-c", IMPORT)) for _ in range(sizes.runs + 1)][1:]
    yield Row("startup", "import course_lib", "fresh process", imports, [], "ms", "value", at_most(100.0))
    helps = [milliseconds(lambda: _output("-m", "grader.cli", "--help")) for _ in range(sizes.runs + 1)][1:]
    yield Row("startup", "course --help", "start of Python included", helps, [], "ms", "value", at_most(500.0))


def _output(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True, cwd=ROOT).stdout
