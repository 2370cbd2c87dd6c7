"""The seminar's notebook from top to bottom, timed part by part, in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row, at_most
from benchmarks.sizes import Sizes

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "notebooks" / "seminar_04_text_generation.py"
MINUTES = 5.0


def rows(sizes: Sizes) -> Iterator[Row]:
    """The whole, and every chapter."""
    program = f"from benchmarks.seminar import run; run({sizes.seminar_texts})"
    environment = {**os.environ, "MPLBACKEND": "Agg", "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    seconds = json.loads(done.stdout.splitlines()[-1])
    setting = f"{sizes.seminar_texts:,} texts a setting, eight settings"
    whole = sum(seconds.values())
    yield Row("seminar", "the seminar, judge included", setting, [whole], [], "s", "value", at_most(60 * MINUTES))
    for chapter, spent in seconds.items():
        yield Row("seminar", f"of it: {chapter}", setting, [spent], [], "s", "value")


def run(n_texts: int) -> None:
    """Execute the script's cells in turn; the last line printed is the seconds of each chapter."""
    cells = re.split(r"^# %%", SCRIPT.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    namespace: dict[str, object] = {"__name__": "__main__"}
    seconds: dict[str, float] = {}
    chapter = "beginning"
    for cell in cells:
        head, _, source = cell.partition("\n")
        if "[markdown]" in head:
            if title := re.search(r"^# ## (.*)$", source, re.MULTILINE):
                chapter = title[1]
            continue
        if "parameters" in head:
            source += f"\nN_TEXTS = {n_texts}\n"
        start = time.perf_counter()
        exec(compile(source, str(SCRIPT), "exec"), namespace)
        seconds[chapter] = seconds.get(chapter, 0.0) + time.perf_counter() - start
    print(json.dumps(seconds, ensure_ascii=False))
