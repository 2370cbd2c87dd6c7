"""The results as a Markdown table, and that table in the README."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks import readme
from benchmarks.measure import Row, Target
from course_lib.generation import ENOUGH_ROWS, LARGEST_STEP

BEGIN, END = "<!-- speed: written by `python -m benchmarks --readme` -->", "<!-- end of speed -->"
INTRODUCTION = """`make bench` measures every figure and its peer in turns: the median, and the spread."""
GROWTH = f"""How cost grows with the size: one text, word or row of a batch must not cost more where there are more, but
for a quarter that noise and the ends of caches may take. A batch is a `batch_size` asked of the generation loop, which
on a CPU writes a large one in parts of {LARGEST_STEP:,} logits a step ({ENOUGH_ROWS} rows at least)."""
PICTURE = "![How far each figure is from its target](docs/pictures/benchmarks.png)"
HEAD = ("what", "setting", "ours", "peer", "ratio or figure (spread)", "target", "met")


def markdown(rows: Sequence[Row]) -> str:
    """A line a row, aligned, so that it reads well in a terminal too."""
    lines = [HEAD, *(cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    text = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    text.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(text)


def growth(rows: Sequence[Row]) -> str:
    """What `benchmarks.growth` found: a line a size, with its time, its memory and what a unit costs beside before."""
    lines: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
    for row in rows:
        what, _, kind = row.what.partition(": ")
        before, _, size = row.setting.rpartition(" → ")
        line = lines.setdefault((what, size), {})
        figure, target, met = cells(row)[4:]
        line[kind] = (f"{figure} of what it was with {before}", target, met) if before else (figure,)
    text = ["| of what | how many | time | peak memory | cost of one, spread | target | met |"]
    text.append("|---|--:|--:|--:|---|---|---|")
    for (what, size), line in lines.items():
        unit = line.get("cost of a unit, times", ("", "", ""))
        text.append(
            "| " + " | ".join((what, size, *line.get("time", ("",)), *line.get("peak memory", ("",)), *unit)) + " |"
        )
    return "\n".join(text)


def cells(row: Row) -> tuple[str, ...]:
    sign = {"value": "", "faster": "× faster", "times": "×"}[row.kind]
    unit = sign if row.kind != "value" else f" {row.unit}" if row.unit != "×" else "×"
    spread = f" ({short(min(row.figures))}–{short(max(row.figures))})" if len(row.figures) > 1 else ""
    ours = "" if row.kind == "value" else f"{short(statistics.median(row.ours))} {row.unit}"
    peer = f"{short(statistics.median(row.peer))} {row.unit}" if row.peer else ""
    met = {True: "yes", False: "NO", None: ""}[row.met]
    return (
        f"{row.section}: {row.what}", row.setting, ours, peer,
        f"{short(row.figure)}{unit}{spread}", promise(row.target, unit), met,
    )  # fmt: skip


def promise(target: Target | None, unit: str) -> str:
    return (
        "" if target is None else f"{'≥' if target.at_least else '≤'} {short(target.limit)}{unit.split(' faster')[0]}"
    )


def short(value: float) -> str:
    """Three digits that say something: 0.0123, 1.23, 12.3, 123, 12,300."""
    if value != 0 and abs(value) < 1e-3:
        return f"{value:.1e}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def title(machine: dict) -> str:
    """The machine and the versions in one line."""
    gpu = f", {machine['gpu']}" if machine["gpu"] else ""
    return (
        f"{machine['cpu']}, {machine['cores']} cores ({machine['capability']}){gpu}, torch {machine['torch']}, "
        f"transformers {machine['transformers']}, {machine['date']}"
    )


def write_readme(path: Path, machine: dict, rows: Sequence[Row]) -> None:
    """Put what has a target or a peer, and how cost grows, between the marks of the README."""
    of_growth = [row for row in rows if row.section == "growth"]
    told = [row for row in rows if row not in of_growth and (row.target is not None or row.peer)]
    parts = [f"{INTRODUCTION} Measured on {title(machine)}.", markdown(told), PICTURE]
    if of_growth:
        parts += [GROWTH, growth(of_growth)]
    readme.put(path, BEGIN, END, "\n\n".join(parts))
