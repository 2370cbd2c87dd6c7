"""One picture: how far every figure is from what was promised."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Row
from benchmarks.table import cells, title

BLUE, RED, GREY = "#0072B2", "#D55E00", "#777777"


def draw(machine: dict, rows: Sequence[Row], path: Path) -> None:
    """Bars on a logarithmic axis: 1 is the target itself, to the right of it is better; whiskers are the spread."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    promised = [row for row in rows if row.target is not None]
    figure, axis = plt.subplots(figsize=(15, 1.6 + 0.32 * len(promised)), layout="constrained")
    for place, row in enumerate(promised):
        margin = row.target.margin(row.figure)
        margin = min(margin, 1000.0)
        ends = sorted(min(row.target.margin(value), 1000.0) for value in row.figures)
        axis.barh(place, margin - 1, left=1, height=0.62, color=BLUE if row.met else RED)
        axis.plot([ends[0], ends[-1]], [place, place], color="black", linewidth=1.4)
        _, _, _, _, figure_text, promise, _ = cells(row)
        axis.text(1.01, place, f"{figure_text}   target {promise}", transform=axis.get_yaxis_transform(), va="center")
    axis.axvline(1, color=GREY, linewidth=1.5)
    axis.set_xscale("log")
    axis.set_yticks(range(len(promised)), [f"{row.section}: {row.what}, {row.setting}" for row in promised], fontsize=9)
    axis.invert_yaxis()
    axis.set_ylim(len(promised) - 0.4, -0.6)
    axis.set_xlabel("times better than the target (to the right of 1: met)")
    axis.set_title(title(machine), fontsize=11)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=90)
    plt.close(figure)
