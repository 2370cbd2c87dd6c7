"""Pictures of `Task.example` (see `grader.feedback.examples`): bars as inline SVG, texts as an HTML table.

The SVG is written by hand, not by matplotlib: its letters stay text, its colours are classes of the page's style sheet
and so follow the light and the dark theme, and nothing has to be loaded.
"""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from grader.feedback.text import clean

BAR, GAP, TOP = 14, 12, 6  # heights in pixels
LETTER = 7.3  # width of a letter of the names
FULL = 150  # width of the longest bar
ROOM = 62  # for the number behind it
WORST = 8  # as many panels and names are drawn at most

STRAYED = "сбой"
STRAYED_NOTE = Markup(
    '<p class="given">«Сбой» говорит модель, которая потеряла нить: ей дали не её состояние или не тот токен.</p>'
)

Value = float | str


def pictures(example: dict[str, Any]) -> list[Markup]:
    """The pictures of one example, ready for the page."""
    drawn = [bars(panel) for panel in example.get("panels", [])[:WORST]]
    return [*([tapes(example["tapes"])] if "tapes" in example else []), *drawn]


def bars(panel: dict[str, Any]) -> Markup:
    """One panel as a figure: for every name the right value and below it the student's."""
    names = [clean(name, 40) for name in panel["names"]]
    unit, rows = panel["unit"], list(zip(names, panel["right"], panel["yours"], strict=True))
    left = round(max(len(name) for name in names) * LETTER) + 10
    largest = 1.0 if unit == "share" else max([1e-9, *(v for _, right, _ in rows if (v := _finite(right)))]) * 1.5
    step = 2 * BAR + GAP
    width, height = left + FULL + ROOM, TOP + step * len(rows)
    parts = [
        _row(name, right, yours, panel, largest, left, TOP + i * step) for i, (name, right, yours) in enumerate(rows)
    ]
    said = "; ".join(
        f"{name}: верно {written(right, unit)}, у вас {written(yours, unit)}" for name, right, yours in rows
    )
    title = clean(panel["title"], 120)
    return Markup(
        '<figure class="panel"><figcaption>{title}</figcaption>'
        '<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{title}. {said}">'
        "{axis}{parts}</svg></figure>"
    ).format(title=title, width=width, height=height, said=said, axis=_axis(left, height), parts=_join(parts))


def _axis(left: int, height: int) -> Markup:
    return Markup('<path class="axis" d="M{} 0V{}"/>').format(left, height)


def _row(name: str, right: Value, yours: Value, panel: dict[str, Any], largest: float, left: int, top: int) -> Markup:
    """Two bars and their numbers; a number that no bar can show stands alone."""
    differs = not _alike(right, yours, panel["seen"])
    label = Markup('<text class="name" x="{}" y="{}" text-anchor="end">{}</text>').format(left - 7, top + BAR + 4, name)
    parts = [label]
    for i, (value, kind) in enumerate(((right, "right"), (yours, "yours"))):
        share = min(max(_finite(value) or 0.0, 0.0) / largest, 1.0)
        y = top + i * BAR
        box = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>')
        text = Markup('<text class="value {}" x="{}" y="{}">{}</text>')
        shown = f"{kind} off" if kind == "yours" and differs else kind
        parts.append(box.format(kind, left, y, round(share * FULL, 1), BAR - 1))
        parts.append(text.format(shown, round(left + share * FULL + 5, 1), y + BAR - 3, written(value, panel["unit"])))
    return _join(parts)


def tapes(texts: dict[str, Any]) -> Markup:
    """The texts of `generate` as a table: each right one and below it the student's, what differs marked."""
    lines = []
    for i, right in enumerate(texts["right"]):
        yours = texts["yours"][i] if i < len(texts["yours"]) else []
        width = max(len(right), len(yours))
        lines.append(_line(f"{i}", "верно", right, right, texts["names"], width))
        lines.append(_line("", "у вас", yours, right, texts["names"], width))
    table = Markup('<div class="wide"><table class="tape"><tbody>{}</tbody></table></div>').format(_join(lines))
    strayed = any(texts["names"].get(str(token)) == STRAYED for row in texts["yours"] for token in row)
    return table + (STRAYED_NOTE if strayed else "")


def _line(
    number: str, whose: str, ids: Sequence[int], right: Sequence[int], names: dict[str, str], width: int
) -> Markup:
    cells = []
    for place in range(width):
        token = ids[place] if place < len(ids) else None
        expected = right[place] if place < len(right) else None
        word = "—" if token is None else clean(names.get(str(token), f"№ {token}"), 20)
        kind = "off" if token != expected else "end" if word == "конец" else ""
        mark = Markup('<td class="{}">{}</td>').format(kind, word)
        cells.append(mark)
    head = Markup('<th scope="row">{}{}</th>').format(f"{number} · " if number else "", whose)
    return Markup('<tr class="{}">{}{}</tr>').format("yours" if whose == "у вас" else "right", head, _join(cells))


def written(value: Value, unit: str) -> str:
    """A value as it stands in a picture: 86,7 %, 1,386, NaN."""
    if (plain := _finite(value)) is None:
        return {"inf": "∞", "-inf": "−∞"}.get(str(value), "NaN")
    if abs(plain) >= 100:
        return f"{plain:.1e}".replace(".", ",").replace("-", "−")
    text = f"{plain * 100:.1f}" if unit == "share" else f"{plain:.3f}"
    if not float(text):
        text = "0"
    text = text.replace("100.0", "100").replace(".", ",").replace("-", "−")
    return f"{text}\N{NO-BREAK SPACE}%" if unit == "share" else text  # with a no-break space


def _alike(right: Value, yours: Value, seen: float) -> bool:
    a, b = _finite(right), _finite(yours)
    return a is not None and b is not None and abs(a - b) <= seen


def _finite(value: Value) -> float | None:
    return None if isinstance(value, str) else float(value)


def _join(parts: Sequence[Markup]) -> Markup:
    return Markup("").join(escape(part) for part in parts)
