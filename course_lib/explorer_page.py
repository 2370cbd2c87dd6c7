"""What the explorer shows, as one piece of HTML: numbers, bars before and after, continuations.

It is a plain table with text in every cell, so that it says the same to a screen reader, and where a style sheet is not
let through. The colours are JupyterLab's variables, light or dark as its theme is, with a light value for other pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from course_lib.plots import percent

# Where the widget lives, its style sheet hides the still picture below it; where it doesn't, the picture stays.
HIDE_STILL = ".explorer-still { display: none !important; }"
NOTE = "<p>Это снимок одной настройки. Ползунки оживают, когда блокнот открыт и выполнен в JupyterLab.</p>"
STYLE = """
.explorer, .explorer table { color: var(--jp-content-font-color1, #222); font-size: 16px; line-height: 1.35; }
.explorer { font-family: var(--jp-content-font-family, sans-serif); white-space: normal; }
.explorer p { margin: 0 0 0.5em; }
.explorer .numbers { display: flex; flex-wrap: wrap; gap: 0.2em 2em; margin: 0.3em 0; }
.explorer-still { display: flex; flex-wrap: wrap; gap: 0.8em 2em; }
.explorer-still > * { flex: 2 1 20em; min-width: 0; }
.explorer-still > .numbers-first { flex-basis: 100%; }
.explorer-still > .bars-first { flex-grow: 3; }
.explorer-controls .widget-toggle-buttons { display: flex; align-items: baseline; }
.explorer-controls .widget-toggle-buttons > .widget-label { flex: none; width: 8.5em; text-align: right; }
.explorer-controls .widget-text input[type="text"] { font-size: 15px; }
.explorer-controls :is(.widget-label, .widget-readout, button, select, input) { font-size: 15px; }
.explorer .numbers p { margin: 0; }
.explorer table { border-collapse: collapse; width: 100%; margin: 0; table-layout: auto; }
.explorer caption { text-align: left; padding: 0 0 0.3em; color: inherit; caption-side: top; }
.explorer th, .explorer td { padding: 0.1em 0.4em; text-align: right; border: 0; background: none; }
.explorer th, .explorer td { white-space: nowrap; }
.explorer thead th { font-weight: normal; color: var(--jp-content-font-color2, #555); }
.explorer tbody th { font-weight: normal; max-width: 11em; overflow: hidden; text-overflow: ellipsis; }
.explorer tbody tr { background: none; }
.explorer tr.tail:not(.tail + .tail) > * { border-top: 1px dotted var(--jp-content-font-color2, #777); }
.explorer tr.cut th { text-decoration: line-through; }
.explorer tr.cut.tail th { text-decoration: none; color: var(--jp-content-font-color2, #555); }
.explorer td.bars { width: 55%; position: relative; padding: 0; }
.explorer td.bars { border-left: 1px solid var(--jp-content-font-color2, #777); }
.explorer td.bars span { position: absolute; left: 0; min-width: 1px; }
.explorer .was { top: 10%; height: 80%; background: var(--jp-border-color1, #bdbdbd); }
.explorer td.bars .part { left: auto; right: 0; top: 0.1em; padding: 0 0.3em; }
.explorer td.bars .part { background: var(--jp-layout-color0, #fff); }
.explorer .cut .was, .explorer .hatched { background: repeating-linear-gradient(135deg,
  var(--jp-border-color1, #bdbdbd) 0 3px, transparent 3px 7px); outline: 1px solid var(--jp-border-color1, #bdbdbd);
  outline-offset: -1px; }
.explorer .is { top: 28%; height: 44%; box-shadow: 0 0 0 1px var(--jp-layout-color0, #fff); }
body[data-jp-theme-light="false"] .explorer .is { filter: brightness(1.6); }
.explorer .key span { display: inline-block; width: 1.6em; height: 0.8em; position: static; }
.explorer ul { margin: 0; padding: 0 0 0 1.1em; }
.explorer li { margin: 0 0 0.35em; overflow-wrap: anywhere; }
.explorer .start { color: var(--jp-content-font-color2, #555); overflow-wrap: anywhere; }
"""


@dataclass(frozen=True)
class Row:
    """A bar: one token, or the tokens between two ranks."""

    name: str
    before: float  # its probability as the model says
    after: float  # and with the setting
    tokens: int = 1  # how many tokens it stands for
    kept: int = 1  # how many of them may still come

    @property
    def is_tail(self) -> bool:
        return self.tokens > 1


@dataclass(frozen=True)
class View:
    """What one setting makes of one prediction."""

    rows: tuple[Row, ...]
    entropy: tuple[float, float]  # nats, before and after
    kept: tuple[int, int]  # tokens that may come, before and after
    lost: float  # the probability that was cut off, after temperature
    colour: str
    setting: str


def live_style() -> str:
    """The style sheet, for a widget; it also hides the still page."""
    return f"<style>{STYLE}{HIDE_STILL}</style>"


def still_page(view: View, beginning: str, texts: Sequence[str]) -> str:
    """All at once, for where no widget can live."""
    heading = f"{NOTE}<p><b>{escape(view.setting)}</b></p>"
    parts = numbers(view, heading) + bars(view) + continuations(beginning, texts)
    return f'<style>{STYLE}</style><div class="explorer-still">{parts}</div>'


def numbers(view: View, heading: str = "") -> str:
    """Entropy and number of tokens, before and after."""
    (doubt, doubt_left), (tokens, tokens_left) = view.entropy, view.kept
    return (
        f'<div class="explorer numbers-first">{heading}<div class="numbers">'
        f"<p>Энтропия: {doubt:.2f} → <b>{doubt_left:.2f}</b> ната</p>"
        f"<p>Токенов: {tokens} → <b>{tokens_left}</b></p>"
        f"<p>Отрезано вероятности: <b>{percent(view.lost)}</b></p></div></div>"
    )


def bars(view: View) -> str:
    """The table with a bar a row."""
    key = (
        '<span class="was"></span> было, '
        f'<span class="is" style="background: {view.colour}"></span> стало, '
        '<span class="hatched"></span> отрезано'
    )
    head = "<th>токен</th><th></th><th>было</th><th>стало</th>"
    rows = "".join(_row(row, view.colour) for row in view.rows)
    return (
        f'<div class="explorer bars-first"><table><caption class="key">Следующий токен: {key}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(row: Row, colour: str) -> str:
    looks = " ".join(name for name, holds in [("tail", row.is_tail), ("cut", row.kept == 0)] if holds)
    after = f'<span class="is" style="width: {_width(row.after)}; background: {colour}"></span>' if row.kept else ""
    part = f'<span class="part">осталось {row.kept}</span>' if 0 < row.kept < row.tokens else ""
    share = percent(row.after) if row.kept else "отрезано"
    return (
        f'<tr class="{looks}"><th scope="row">{escape(row.name)}</th>'
        f'<td class="bars"><span class="was" style="width: {_width(row.before)}"></span>{after}{part}</td>'
        f"<td>{percent(row.before)}</td><td><b>{share}</b></td></tr>"
    )


def _width(share: float) -> str:
    return f"{min(max(share, 0), 1):.2%}"


def continuations(beginning: str, texts: Sequence[str]) -> str:
    """What the model has read, and how it would go on."""
    start = f'<span class="start">{escape(beginning)}</span>' if beginning else "<i>самое начало текста</i>"
    told = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return (
        f'<div class="explorer told"><p>Начало: {start}</p><p>Продолжения (■ — конец текста):</p><ul>{told}</ul></div>'
    )
