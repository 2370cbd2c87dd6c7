"""The page of the grading report: the figures, the speed, and the hostile submissions in two columns."""

from typing import Any

Rows = list[tuple[str, str]]

WON, LOST = "won points that they had not earned", "lost points that they had earned"
HARM, STOPPED = "did harm to others or to the machine", "stopped the run for those behind them"
NO_MARK = "got no mark"
BEGIN, END = "<!-- grading: written by `make grading-report ARGS=--docs` -->", "<!-- end of grading -->"
OURS_BY_TEST = {
    HARM: "0, or `tests/test_hostile.py` fails",
    STOPPED: "0, or `tests/test_hostile.py` fails",
}
TITLE = """# What was measured of the grader

Written by `make grading-report ARGS=--docs`. Submissions are the whole notebooks of `tests/submissions/`.
"""
TWO_COLUMNS = """## Hostile submissions, stock nbgrader and this grader

Each was marked by nbgrader's own `Autograde` with its stock preprocessors and the hidden tests in the test cells, and
by `course grade`. "Unearned" are points for an answer that is wrong or missing. What stands in bold is what must not
happen: unearned points, harm to others' marks, files or the machine, and a run that leaves those behind it without a
mark.
"""


def figures(kept: dict[str, dict[str, Any]]) -> str:
    """All figures as one Markdown table."""
    lines = ["| figure | measured |", "|---|--:|"]
    for section in kept.values():
        lines += [f"| {what} | {value} |" for what, value in section["rows"]]
    return "\n".join(lines)


def short(kept: dict[str, dict[str, Any]]) -> str:
    """The figures for the README, the hostile submissions in two columns of counts."""
    apart = ("hostile", "stock") if {"hostile", "stock"} <= set(kept) else ()
    parts = [figures({name: section for name, section in kept.items() if name not in apart})]
    if apart:
        parts.append(counts(kept["hostile"], kept["stock"]))
    return "\n\n".join([*parts, measured(kept)])


def counts(ours: dict[str, Any], stock: dict[str, Any]) -> str:
    """What the hostile submissions did: a row for each kind of mischief, a column for each grader."""
    number = len(stock["results"])
    lines = [f"| of {number} hostile submissions | stock nbgrader | course grade |", "|---|--:|--:|"]
    for what, how_many in stock["counts"].items():
        lines.append(f"| {what} | {how_many} | {ours['counts'].get(what, OURS_BY_TEST.get(what, ''))} |")
    return "\n".join(lines)


def page(kept: dict[str, dict[str, Any]]) -> str:
    """The whole page.

    Args:
        kept: the sections that were measured, as benchmarks.grading_report keeps them.
    """
    parts = [TITLE, figures(kept), measured(kept)]
    if "speed" in kept:
        parts += ["## Speed", kept["speed"]["table"]]
    if "stock" in kept:
        parts += [TWO_COLUMNS, two_columns(kept["stock"]["results"], kept.get("hostile", {}).get("marks", {}))]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def measured(kept: dict[str, dict[str, Any]]) -> str:
    """When and where the sections were measured."""
    return (
        "Measured: " + ", ".join(f"{name} {one['measured']} ({one['cores']} cores)" for name, one in kept.items()) + "."
    )


def two_columns(stock: dict[str, dict[str, Any]], ours: dict[str, str]) -> str:
    """A row for each hostile submission."""
    lines = ["| submission | stock nbgrader | course grade |", "|---|---|---|"]
    lines += [f"| {name} | {stock_in_words(one)} | {ours.get(name, '')} |" for name, one in sorted(stock.items())]
    return "\n".join(lines)


def stock_in_words(result: dict[str, Any]) -> str:
    """What became of a submission under stock nbgrader (fields of benchmarks.stock_run.Result)."""
    scores = result["scores"]
    said = [f"no mark ({result['problem']})" if scores is None else f"{sum(scores.values()):g} points"]
    if result["won"]:
        said.append(f"**{result['won']:g} unearned**")
    if result["aborted"]:
        said.append("**stops the run**")
    said += [f"**{one}**" for one in result["harm"]]
    return ", ".join(said).replace("|", "\\|").replace("<", "&lt;")
