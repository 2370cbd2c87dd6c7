"""`python -m grader.visible` writes course_lib/mistakes.json: what the visible checks compare an answer with.

For each public example of `course_lib.check_examples` the right answer (float64 reference) and what each known mistake
of `grader.misconceptions` answers, made by running that mistake on the example. So students' hints and the feedback
on marks know the same mistakes, and no figure is written by hand.
"""

import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch

import course_lib
from course_lib import check_examples as examples
from grader.bonus_mistakes import CATALOGUES as BONUS
from grader.misconceptions.catalogue import Catalogue
from grader.misconceptions.comparing import Outcome, run
from grader.misconceptions.matching import catalogue

TARGET = Path(course_lib.__file__).parent / "mistakes.json"
EXACT = ("temperature_probs", "top_k_probs", "nucleus_probs", "entropy", "Sampler")
DIGITS = 5
LONGEST = 24
"""Values of an outcome that are kept; the shape tells how many there were."""

Table = dict[str, Any]


def tables() -> Table:
    """Everything that goes into the file."""
    found = {task: exact_table(catalogue(task), examples.QUESTIONS[task]) for task in EXACT}
    found["Sampler, ValueError"] = exact_table(catalogue("Sampler"), examples.QUESTIONS["Sampler, ValueError"])
    found |= {task: exact_table(one, examples.QUESTIONS[task]) for task, one in BONUS.items()}
    found["draw"] = draw_table(catalogue("draw"), [({}, examples.DRAWN)])
    logits = examples.SAMPLER_LOGITS[0]
    found["Sampler, draws"] = draw_table(catalogue("Sampler"), [(one, logits) for one in examples.SAMPLER_DRAWN])
    return found


def exact_table(known: Catalogue, questions: list[tuple]) -> Table:
    """{"right": an outcome for each question, "mistakes": [[name, outcomes]]}; null stands for the right outcome."""
    with torch.no_grad(), np.errstate(all="ignore"):
        right = [plain(run(known.right, _full(known, asked))) for asked in questions]
        made: list[tuple[str, list]] = []
        for mistake in known.misconceptions:
            if mistake.imitate is None:
                continue
            outcomes = [plain(run(mistake.imitate, _full(known, asked))) for asked in questions]
            outcomes = [None if same(one, best) else one for one, best in zip(outcomes, right, strict=True)]
            if any(outcomes):
                made.append((mistake.name, outcomes))
    return {"right": right, "mistakes": _unique(made)}


def draw_table(known: Catalogue, settings: list[tuple[dict, list]]) -> Table:
    """{"right": probabilities by rank for each setting, "mistakes": [[name, probabilities]]}."""
    with np.errstate(all="ignore"):
        right = [_shares(known.distribution, rows, one) for one, rows in settings]
        made = []
        for mistake in known.misconceptions:
            if mistake.distribution is not None:
                made.append((mistake.name, [_shares(mistake.distribution, rows, one) for one, rows in settings]))
    return {"right": right, "mistakes": _unique(made)}


def plain(outcome: Outcome) -> Table:
    """An outcome as JSON has it."""
    found: Table = {"changed": True} if outcome.changed else {}
    if outcome.kind in ("raised", "other"):
        return {**found, outcome.kind: outcome.type_name}
    if outcome.kind == "not refused":
        return {**found, "passed": True}
    if outcome.kind == "parts":
        return {**found, "parts": [plain(one) for one in outcome.parts]}
    if outcome.dtype is None:
        return {**found, "other": outcome.type_name}
    found |= {"shape": list(outcome.numbers.shape), "dtype": str(outcome.dtype).removeprefix("torch.")}
    if outcome.form_only:
        return found
    return {
        **found,
        "any" if outcome.kind == "by token" else "values": numbers(outcome.numbers.flatten()[:LONGEST].tolist()),
    }


def numbers(values: Iterable[float]) -> list[float | str]:
    """Rounded numbers; JSON has no other way to say NaN and infinity."""
    return [float(f"{v:.{DIGITS}g}") if math.isfinite(v) else str(v) for v in values]


def same(one: Table, other: Table) -> bool:
    """Whether two plain outcomes are equal but for rounding."""
    if one.keys() != other.keys():
        return False
    if "parts" in one:
        return len(one["parts"]) == len(other["parts"]) and all(map(same, one["parts"], other["parts"]))
    rest = {key: value for key, value in one.items() if key != "values"}
    if rest != {key: value for key, value in other.items() if key != "values"}:
        return False
    pairs = [[float(v) for v in values.get("values", [])] for values in (one, other)]
    return np.allclose(*pairs, rtol=1e-4, atol=2e-5, equal_nan=True)


def _full(known: Catalogue, asked: tuple) -> tuple:
    """A question with every argument of the Sampler named, as the grader's own questions have them."""
    if known.task != "Sampler":
        return asked
    defaults = {"prob_mode": "temperature", "sample_mode": "greedy", "temp": 1.0, "k": None, "p": None}
    return {**defaults, **asked[0]}, *asked[1:]


def _shares(distribution: Callable, rows: list[float], settings: dict) -> list[float | str] | None:
    """What one row is drawn from, its tokens by falling value; None if the mistake doesn't get that far."""
    defaults = {"prob_mode": "temperature", "sample_mode": "greedy", "temp": 1.0, "k": None, "p": None}
    row = np.array([sorted(rows, reverse=True)] * 2)
    try:
        return numbers(np.asarray(distribution(row, **({**defaults, **settings} if settings else {})))[0])
    except Exception:  # it stops, as the student's code would
        return None


def _unique(made: list[tuple[str, list]]) -> list[list]:
    """Without the forms of a mistake that do what another form of it does here."""
    return [list(one) for i, one in enumerate(made) if one not in made[:i]]


def text() -> str:
    """The file: a mistake a line."""
    lines = []
    for task, table in tables().items():
        inner = [f"{json.dumps(one, ensure_ascii=False)}" for one in table["mistakes"]]
        body = ",\n  ".join(inner)
        lines.append(f' {json.dumps(task)}: {{"right": {json.dumps(table["right"])}, "mistakes": [\n  {body}]}}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
    print(TARGET, f"{TARGET.stat().st_size:,} bytes")
