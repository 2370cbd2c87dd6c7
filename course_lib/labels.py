"""Names beside the points of a scatter plot, put where they hide neither points nor lines nor one another."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

Point = tuple[float, float, str, str]  # x, y, name, colour
ANGLES = (0, 180, 90, 270, 30, 150, 210, 330, 60, 120, 240, 300)  # directions to try, the best-looking first
DISTANCES = (13, 24, 40, 60, 85)  # points of type from a mark to the near edge of its name
MARK = 9  # half the width of a mark, in points of type
LEADER = 24  # names as far as this, or farther, get a line to their mark
STEP = 8  # pixels between the spots of a line that names keep off


def place_labels(
    axis: Axes, points: Sequence[Point], paths: Sequence[Sequence[tuple[float, float]]] = (), fontsize: float = 14
) -> list[Annotation]:
    """Write each point's name near it; ``paths`` are lines (x, y), ... that names had better not lie on.

    Call it when the axes have their final size and limits: the places are sought on the screen. The most crowded names
    come first, and each takes the cheapest of some sixty places.
    """
    axis.autoscale(False)
    scale = axis.figure.dpi / 72
    marks = np.array([axis.transData.transform(point[:2]) for point in points]).reshape(-1, 2)  # (points, 2) pixels
    spots = np.concatenate([np.empty((0, 2)), *(_along(axis.transData.transform(path)) for path in paths if len(path))])
    taken: list[Bbox] = []
    labels = []
    for index in _crowded_first(marks):
        x, y, name, colour = points[index]
        label = axis.annotate(name, (x, y), xytext=(0, 0), textcoords="offset points", fontsize=fontsize, color=colour)
        label.set(fontweight="bold", ha="center", va="center", zorder=5)
        label.set_in_layout(False)
        half = np.array(label.get_window_extent().size) / 2
        places = [_center(angle, distance * scale, half) for distance in DISTANCES for angle in ANGLES]
        boxes = [Bbox([marks[index] + place - half, marks[index] + place + half]) for place in places]
        costs = [_cost(box, axis.bbox, taken, marks, spots, scale) + rank / 10 for rank, box in enumerate(boxes)]
        best = int(np.argmin(costs))
        taken.append(boxes[best])
        label.set_position(tuple(places[best] / scale))
        if DISTANCES[best // len(ANGLES)] >= LEADER:
            _draw_leader(axis, marks[index], boxes[best], colour)
        labels.append(label)
    return labels


def _center(angle: float, distance: float, half: np.ndarray) -> np.ndarray:
    """Where the middle of a name lies, seen from its mark, if its near edge is ``distance`` away: (2,) pixels."""
    way = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    return way * distance + np.sign(np.round(way, 6)) * half * np.minimum(1, 2 * np.abs(way))


def _cost(box: Bbox, frame: Bbox, taken: list[Bbox], marks: np.ndarray, spots: np.ndarray, scale: float) -> float:
    """How bad a place is: out of the frame or over a name is worst, then over a mark, then over a line."""
    outside = not (frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1)
    over_names = sum(box.padded(2 * scale).overlaps(other) for other in taken)
    over_marks = _inside(box.padded(MARK * scale), marks)
    over_lines = _inside(box.padded(scale), spots)
    return 1000 * (outside + over_names) + 100 * over_marks + 3 * over_lines


def _inside(box: Bbox, places: np.ndarray) -> int:
    within = (places > [box.x0, box.y0]) & (places < [box.x1, box.y1])
    return int(within.all(axis=1).sum())


def _along(corners: np.ndarray) -> np.ndarray:
    """Spots every few pixels of a broken line: corners (n, 2) -> spots (m, 2)."""
    pieces = [corners[:1]]
    for start, end in zip(corners, corners[1:], strict=False):
        count = int(np.hypot(*(end - start)) / STEP) + 2
        pieces.append(np.linspace(start, end, count))
    return np.concatenate(pieces)


def _crowded_first(marks: np.ndarray) -> list[int]:
    """Indices of the marks, those with the nearest neighbours first."""
    gaps = np.hypot(*(marks[:, None] - marks[None]).transpose(2, 0, 1))  # (points, points)
    return sorted(range(len(marks)), key=lambda i: np.sort(gaps[i])[1:3].sum())


def _draw_leader(axis: Axes, mark: np.ndarray, box: Bbox, colour: str) -> None:
    """A thin line from a mark to the nearest edge of its name."""
    edge = np.clip(mark, [box.x0, box.y0], [box.x1, box.y1])
    (x0, y0), (x1, y1) = axis.transData.inverted().transform([mark, edge])
    axis.plot([x0, x1], [y0, y1], color=colour, linewidth=1, zorder=2)
