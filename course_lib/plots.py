"""Pictures of the seminar: the likeliest next tokens, what each setting makes of them, the metrics against one another.

Every function returns a Figure that is closed for pyplot, so that a notebook shows it once. The background is opaque
white and the colours are those of Okabe & Ito (2008), which colour-blind people tell apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import wraps

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from torch import Tensor

from course_lib.families import BLACK, BLUE, FAMILIES, GREY, PURPLE, family
from course_lib.labels import place_labels

AXIS_TITLES = {
    "entropy": "энтропия, нат",
    "unique_words_rate": "доля уникальных слов",
    "judge_loss": "ошибка судьи, нат",
}
STYLE = {
    "figure.facecolor": "white",
    "figure.dpi": 100,
    "savefig.facecolor": "white",
    "font.size": 14,
    "axes.titlesize": 16,
    "axes.labelsize": 15,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "text.parse_math": False,  # dollars in a text are dollars
}
PATHS_NOTE = (
    "Все линии выходят из greedy (t → 0, k = 1, p → 0),\n"
    "встречаются в t=1 (k — весь словарь, p = 1),\n"
    "а температура выше единицы ведёт дальше."
)
TAIL_EDGES = (50, 500)  # ranks at which the tail of a distribution is split, the k of the seminar's top-k


def _drawing(function: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draw in the seminar's style whatever the reader's own is, and leave that one as it was."""

    @wraps(function)
    def styled(*args, **kwargs) -> Figure:
        with plt.style.context(["default", STYLE]):
            figure = function(*args, **kwargs)
            figure.draw_without_rendering()  # ticks are made when first drawn, in the style of that moment
            plt.close(figure)
        return figure

    return styled


@_drawing
def next_tokens(probs: Tensor, tokens: Sequence[str], top: int = 12, title: str = "") -> Figure:
    """Bars of the ``top`` most probable tokens: probs[V], and ``tokens`` that names each of the V ids.

    Raises ValueError if the two differ in length.
    """
    _check_names(probs, tokens)
    values, ids = probs.detach().float().cpu().topk(min(top, len(probs)))
    figure, axis = plt.subplots(figsize=(10, 0.42 * len(ids) + 1.5), layout="constrained")
    bars = axis.barh(range(len(ids)), values.tolist(), color=BLUE)
    axis.bar_label(bars, [percent(float(value)) for value in values], padding=5)
    axis.set_yticks(range(len(ids)), [tokens[i] for i in ids.tolist()])
    axis.invert_yaxis()
    axis.margins(x=0.12)
    axis.xaxis.set_major_formatter(PercentFormatter(xmax=1, symbol=" %"))
    axis.set(xlabel="вероятность следующего токена", title=title)
    axis.grid(axis="x")
    return figure


@_drawing
def reshaping(
    logits: Tensor,
    samplers: Mapping[str, object],
    tokens: Sequence[str],
    top: int = 8,
    title: str = "",
    previous: Tensor | None = None,
) -> Figure:
    """What each setting makes of one next-token distribution: a panel a setting, bars of probability.

    logits[V]; ``samplers`` gives each setting's name a Sampler; ``tokens`` names the V ids. The ``top`` likeliest
    tokens have a bar each; the others are summed by rank. The grey bars are softmax(logits), the same in every panel.
    ``previous`` int64[T] are the tokens so far, for samplers with a repetition penalty.

    Raises ValueError if there are no samplers or the names and the logits differ in length.
    """
    _check_names(logits, tokens)
    if not samplers:
        raise ValueError("samplers: there are none, so there is nothing to draw")
    logits = logits.detach().float().cpu()
    order = logits.argsort(descending=True)
    edges = tail_edges(min(top, len(logits)), len(logits))
    names = [tokens[i] for i in order[: edges[0]].tolist()]
    names += [f"места {a + 1}–{b}" for a, b in zip(edges, edges[1:], strict=False)]
    before = _bars(logits.softmax(dim=0)[order], edges)

    columns = min(4, len(samplers))
    lines = math.ceil(len(samplers) / columns)
    size = (2.4 + 3.5 * columns, 1.4 + (0.9 + 0.33 * len(names)) * lines)
    figure, axes = plt.subplots(
        lines, columns, figsize=size, sharex=True, sharey=True, squeeze=False, layout="constrained"
    )
    for axis, (setting, sampler) in zip(axes.flat, samplers.items(), strict=False):
        probs = _probs(sampler, logits, previous)
        entropy = float(torch.special.entr(probs.double()).sum())
        _panel(axis, setting, before, _bars(probs[order], edges), entropy, int((probs > 0).sum()))
        axis.axhline(edges[0] - 0.5, color=BLACK, linestyle=":", linewidth=1)  # below it a bar is many tokens
    for axis in list(axes.flat)[len(samplers) :]:
        axis.set_visible(False)
    axes[0, 0].set_yticks(range(len(names)), names)
    axes[0, 0].invert_yaxis()
    axes[0, 0].set_xlim(0, 1.3)
    axes[0, 0].set_xticks([0, 0.5, 1], ["0", "50 %", "100 %"])
    figure.legend(
        handles=[plt.Rectangle((0, 0), 1, 1, color=GREY), plt.Rectangle((0, 0), 1, 1, color=BLUE)],
        labels=["как предсказала модель", "после настройки (цвет — её семейство)"],
        loc="outside lower center",
        ncols=2,
        frameon=False,
    )
    figure.suptitle(title + "\n", fontsize=17)
    return figure


def _probs(sampler: object, logits: Tensor, previous: Tensor | None) -> Tensor:
    """What a sampler draws from: [V]. Only one with a penalty is told what came before."""
    if getattr(sampler, "repetition_penalty", 1.0) == 1.0:
        return sampler.probs(logits.unsqueeze(0))[0]
    previous = torch.empty(0, dtype=torch.int64) if previous is None else previous.detach().cpu()
    return sampler.probs(logits.unsqueeze(0), previous.unsqueeze(0))[0]


def _panel(axis: Axes, setting: str, before: Tensor, after: Tensor, entropy: float, alive: int) -> None:
    """One setting: the model's own bars in grey, the setting's in colour over them, entropy and support in words."""
    kind = family(setting)
    colour = FAMILIES[kind].colour if kind else BLACK
    rows = range(len(after))
    axis.barh(rows, before.tolist(), height=0.86, color=GREY, label="before")
    bars = axis.barh(rows, after.tolist(), height=0.46, color=colour, label="after")
    for bar, value, below in zip(bars, after.tolist(), before.tolist(), strict=True):
        place = max(value, below) + 0.03
        axis.text(place, bar.get_y() + bar.get_height() / 2, percent(value), va="center", fontsize=12, color=colour)
    axis.set_title(f"{setting}\n", color=colour, fontweight="bold")
    note = f"энтропия {entropy:.2f} · токенов {alive}"
    axis.text(0.5, 1.03, note, transform=axis.transAxes, ha="center", va="bottom", fontsize=12)
    axis.tick_params(axis="y", length=0)


def tail_edges(top: int, vocabulary: int) -> list[int]:
    """Ranks at which one bar of the tail ends and the next begins: top, those of TAIL_EDGES in between, V."""
    inner = [edge for edge in TAIL_EDGES if top < edge < vocabulary]
    return [top, *inner, vocabulary] if vocabulary > top else [top]


def _bars(ranked: Tensor, edges: list[int]) -> Tensor:
    """Heights of the bars: the first edges[0] probabilities, then the mass between one edge and the next."""
    tail = [ranked[a:b].sum() for a, b in zip(edges, edges[1:], strict=False)]
    return torch.cat([ranked[: edges[0]], torch.stack(tail)]) if tail else ranked[: edges[0]]


@_drawing
def metrics(rows: Sequence[Mapping[str, object]], title: str = "") -> Figure:
    """Entropy, unique words and judge loss against one another: three panels with every setting as a labelled point.

    ``rows`` are those of metrics.json: setting, unique_words_rate, entropy (None for texts that no sampler wrote),
    judge_loss. Families of settings are joined by a line from greedy on. Rows without entropy are dashed lines where
    entropy is an axis, and points elsewhere. Raises ValueError if there are no rows.
    """
    if not rows:
        raise ValueError("rows: there are none, so there is nothing to draw")
    figure, axes = plt.subplots(2, 2, figsize=(15, 11.5), layout="constrained")
    pairs = {
        axes[0, 0]: ("entropy", "unique_words_rate"),
        axes[1, 0]: ("entropy", "judge_loss"),
        axes[1, 1]: ("unique_words_rate", "judge_loss"),
    }
    lines = {axis: _draw_pair(axis, rows, x, y) for axis, (x, y) in pairs.items()}
    _draw_legend(axes[0, 1], rows)
    figure.suptitle(title + "\n", fontsize=19)
    figure.draw_without_rendering()  # the layout settles before labels look for room
    for axis, (x, y) in pairs.items():
        points = [(row[x], row[y], row["setting"], _colour(row["setting"])) for row in rows if _has(row, x, y)]
        place_labels(axis, points, lines[axis])
    return figure


def _draw_pair(axis: Axes, rows: Sequence[Mapping[str, object]], x: str, y: str) -> list[list[tuple[float, float]]]:
    """One panel: the families' paths, the points, the source's level where it has no entropy. Returns the lines."""
    lines = []
    for name, kind in FAMILIES.items():
        if kind.is_path and (path := _path(rows, name, x, y)):
            axis.plot(*zip(*path, strict=True), color=kind.colour, linewidth=2.5, alpha=0.55, zorder=2)
            lines.append(path)
    for row in rows:
        setting = str(row["setting"])
        if _has(row, x, y):
            look = {"color": _colour(setting), "marker": _marker(setting), "s": 330 if setting == "source" else 120}
            axis.scatter(row[x], row[y], edgecolor="white", linewidth=1.2, zorder=3, **look)
        elif x == "entropy" and setting == "source":
            axis.axhline(row[y], color=BLACK, linestyle="--", linewidth=1.8, zorder=1)
            lines.append([(point, row[y]) for point in axis.get_xlim()])
    axis.set(xlabel=AXIS_TITLES[x], ylabel=AXIS_TITLES[y])
    axis.margins(0.14)
    axis.grid()
    return lines


def _draw_legend(axis: Axes, rows: Sequence[Mapping[str, object]]) -> None:
    """Which colour and marker is what, in the corner that no pair of metrics needs."""
    axis.axis("off")
    handles = [
        plt.Line2D(
            [],
            [],
            color=kind.colour,
            marker=kind.marker,
            markersize=11,
            linewidth=2.5 if kind.is_path else 0,
            label=kind.title,
        )
        for name, kind in FAMILIES.items()
        if any(family(str(row["setting"])) == name for row in rows)
    ]
    others = {"greedy": "greedy: всегда самый вероятный токен", "repetition": "repetition: одна фраза много раз"}
    others["source"] = "source: настоящие тексты (и пунктир)"
    for row in rows:
        if (setting := row["setting"]) in others:
            look = {
                "color": _colour(setting),
                "marker": _marker(setting),
                "markersize": 17 if setting == "source" else 11,
            }
            line = "--" if setting == "source" else "none"
            handles.append(plt.Line2D([], [], linestyle=line, linewidth=1.8, label=others[setting], **look))
    axis.text(0.5, 0.1, PATHS_NOTE, transform=axis.transAxes, ha="center", va="center", fontsize=15, linespacing=1.5)
    spacing = 0.9 if len(handles) <= 6 else 0.4
    axis.legend(handles=handles, loc="upper center", fontsize=16, frameon=False, labelspacing=spacing, handlelength=2.6)


def _path(rows: Sequence[Mapping[str, object]], name: str, x: str, y: str) -> list[tuple[float, float]]:
    """Points of one family in the order of its parameter. All begin at greedy; k = V and p = 1 end at t=1."""
    value = {str(row["setting"]): row for row in rows if _has(row, x, y)}
    members = [setting for setting in value if family(setting) == name]
    members.sort(key=lambda setting: float(setting.split("=")[1]))
    ends = ["t=1"] if name != "temperature" and members else []
    path = [*(["greedy"] if members else []), *members, *ends]
    return [(value[setting][x], value[setting][y]) for setting in path if setting in value]


def _colour(setting: str) -> str:
    kind = family(setting)
    return FAMILIES[kind].colour if kind else {"repetition": PURPLE}.get(setting, BLACK)


def _marker(setting: str) -> str:
    kind = family(setting)
    return FAMILIES[kind].marker if kind else {"source": "*", "repetition": "X"}.get(setting, "D")


def _has(row: Mapping[str, object], *names: str) -> bool:
    return all(row[name] is not None for name in names)


def percent(share: float) -> str:
    """0.1234 -> "12 %", small shares with as many digits as say something."""
    if share == 0:
        return "0"
    if share < 0.001:
        return "<0.1 %"
    return f"{share:.1%}".replace("%", " %") if share < 0.095 else f"{share:.0%}".replace("%", " %")


def _check_names(values: Tensor, tokens: Sequence[str]) -> None:
    if values.dim() != 1 or len(values) != len(tokens):
        raise ValueError(
            f"tokens must name every value of one distribution: the values have shape {list(values.shape)}, "
            f"and there are {len(tokens)} names"
        )
