"""Small pictures for the visible checks: what the answer gave beside what was expected, a row of bars for each token.

They are HTML, not matplotlib: ready at once, letters stay text, and text has the colour of the page around it, so that
a dark theme needs nothing. The two bar colours stand out from white and from black (contrast 3 : 1 and more). Where no
HTML is shown, e.g. in a terminal, the same numbers come as text.
"""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

EXPECTED, YOURS = "#3f7fc1", "#d9691e"
BAR = 11  # width of the longest bar, in letters
SEEN = 2e-3  # a smaller difference can't be seen
WORDS = ("кот", "ёж", "чай", "лес", "сон")
OUTER = "font-size:1.05em;line-height:1.35;color:inherit;margin:.3em 0 .5em"
PANELS = "display:flex;flex-wrap:wrap;gap:.8em 2.5em"
GRID = "display:grid;grid-template-columns:max-content auto;column-gap:.6em;row-gap:.25em;align-items:center"
LINE = "display:flex;align-items:center;gap:.4em;white-space:nowrap;font-variant-numeric:tabular-nums"
TABLE = "border-collapse:collapse;border:0;background:none;margin:.2em 0"
WIDE, TITLE = "overflow-x:auto;max-width:100%", "font-weight:600"
CELL = "padding:.05em .45em;border:1px solid currentColor;text-align:center;background:none;color:inherit"


@dataclass(frozen=True)
class Panel:
    """Bars: for every name the expected number and the answer's.

    Attributes:
        title: what was asked.
        names: of the rows.
        expected, yours: a number each; NaN and infinities are written out.
        unit: "share" (0 to 1, shown in per cent), "nat" or "number".
        seen: numbers that differ by this at most count as equal.
    """

    title: str
    names: Sequence[str]
    expected: Sequence[float]
    yours: Sequence[float]
    unit: str = "share"
    seen: float = SEEN


@dataclass(frozen=True)
class Texts:
    """Generated texts: rows of words, the expected and the answer's."""

    title: str
    expected: Sequence[Sequence[str]]
    yours: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Picture:
    """What a notebook shows as HTML and a terminal as text."""

    panels: Sequence[Panel | Texts] = field(default_factory=tuple)

    def _repr_html_(self) -> str:
        drawn = "".join(_bars(one) if isinstance(one, Panel) else _table(one) for one in self.panels)
        return f'<div style="{OUTER}">{_legend()}<div style="{PANELS}">{drawn}</div></div>'

    def __repr__(self) -> str:
        return "\n".join(_plain(one) for one in self.panels)


def show(picture: Picture) -> None:
    """Display a picture in a running notebook or IPython terminal; elsewhere do nothing."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        from IPython.display import display

        display(picture)


def written(value: float, unit: str) -> str:
    """A number as it stands in a picture: 86,7 %, 1,386, NaN."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    text = f"{value * 100:.1f}" if unit == "share" else f"{value:.3f}"
    text = "0" if not float(text) else text
    text = text.replace(".", ",").replace("-", "−")
    return f"{text}\N{NO-BREAK SPACE}%" if unit == "share" else text


def _legend() -> str:
    swatch = '<span style="display:inline-block;width:.8em;height:.8em;background:{};margin-right:.35em"></span>{}'
    parts = "&emsp;".join(swatch.format(*one) for one in ((EXPECTED, "ожидается"), (YOURS, "у вас")))
    return f'<div style="margin-bottom:.3em">{parts}</div>'


def _bars(panel: Panel) -> str:
    largest = 1.0 if panel.unit == "share" else max([1e-9, *(abs(v) for v in panel.expected if math.isfinite(v))]) * 1.5
    rows = []
    for name, expected, yours in zip(panel.names, panel.expected, panel.yours, strict=True):
        differs = not abs(expected - yours) <= panel.seen and expected != yours  # NaN differs
        bars = _bar(expected, EXPECTED, panel.unit, largest, False) + _bar(yours, YOURS, panel.unit, largest, differs)
        rows.append(f'<div style="text-align:right">{escape(name)}</div><div>{bars}</div>')
    return (
        f'<div><div style="font-weight:600">{escape(panel.title)}</div><div style="{GRID}">{"".join(rows)}</div></div>'
    )


def _bar(value: float, colour: str, unit: str, largest: float, marked: bool) -> str:
    share = min(abs(value) / largest, 1.0) if math.isfinite(value) else 0.0
    bar = f"background:{colour};height:.8em;width:{max(share * BAR, 0.1):.2f}em"
    text = f"<b>{written(value, unit)}</b>" if marked else written(value, unit)
    return f'<div style="{LINE}"><div style="{bar}"></div><div>{text}</div></div>'


def _table(texts: Texts) -> str:
    rows = []
    for number, expected in enumerate(texts.expected):
        yours = texts.yours[number] if number < len(texts.yours) else []
        width = max(len(expected), len(yours))
        rows.append(_words(f"{number} · ожидается", expected, expected, width, EXPECTED))
        rows.append(_words("у вас", yours, expected, width, YOURS))
    table = f'<table style="{TABLE}"><tbody>{"".join(rows)}</tbody></table>'
    return f'<div style="{WIDE}"><div style="{TITLE}">{escape(texts.title)}</div>{table}</div>'


def _words(whose: str, words: Sequence[str], expected: Sequence[str], width: int, colour: str) -> str:
    cells = []
    for place in range(width):
        word = words[place] if place < len(words) else "—"
        right = expected[place] if place < len(expected) else "—"
        style = CELL if word == right else f"{CELL};font-weight:700;box-shadow:inset 0 0 0 2px {YOURS}"
        cells.append(f'<td style="{style}">{escape(word)}</td>')
    head = (
        f"border:0;text-align:right;padding-right:.6em;font-weight:400;background:none;border-left:.35em solid {colour}"
    )
    return f'<tr style="background:none"><th style="{head};padding-left:.5em">{escape(whose)}</th>{"".join(cells)}</tr>'


def _plain(part: Panel | Texts) -> str:
    if isinstance(part, Texts):
        lines = [part.title]
        for number, expected in enumerate(part.expected):
            yours = part.yours[number] if number < len(part.yours) else []
            lines += [f"  {number}  ожидается: {' '.join(expected)}", f"         у вас: {' '.join(yours)}"]
        return "\n".join(lines)
    width = max(len(name) for name in part.names)
    lines = [part.title]
    for name, expected, yours in zip(part.names, part.expected, part.yours, strict=True):
        lines.append(f"  {name:>{width}}  ожидается {written(expected, part.unit)}, у вас {written(yours, part.unit)}")
    return "\n".join(lines)
