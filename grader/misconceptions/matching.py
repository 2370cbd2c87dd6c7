"""Which known mistake explains what was seen of an answer?

    diagnosis = diagnose("nucleus_probs", evidence)  # Diagnosis(name, sentence) or None

Every known mistake of the task is made by our own code on the very inputs that the answer was given. A mistake is named
only if it explains nearly all of what sets the answer apart from the right one (`EXPLAINED`), fits the draws
(`grader.statistics`) and makes them `LIKELIHOOD_RATIO` times as likely as any other explanation. Where none does, only
what is plain to see is named (`grader.misconceptions.plain`), or nothing: nothing wrong may be said.

A catalogue module of this package has one name for the rest to use: CATALOGUE (see `Catalogue`).
"""

import importlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from grader import statistics
from grader.misconceptions.base import Draws, Evidence, Misconception
from grader.misconceptions.catalogue import Catalogue
from grader.misconceptions.comparing import (
    HALF_TOLERANCE,
    HALVES,
    ROUNDING,
    Comparison,
    Level,
    Outcome,
    outcome_of,
    run,
)
from grader.misconceptions.plain import Diagnosis, plain_diagnosis

EXPLAINED = 0.95
"""The share of the distinguishing observations that a mistake must explain."""

LIKELIHOOD_RATIO = 1e6
"""How much likelier the draws must be than under any other explanation."""

ANSWERED = 0.5
"""An answer's finite values are looked at by themselves if they are at least this share of its calls."""

SMOOTHING = 1e-4
"""Mixed into every distribution, so that one stray token doesn't rule it out."""

LOST = 1e-6
"""What a few steps in float32 may lose of a number, relative to it."""

MODULES = {
    "temperature_probs": "temperature",
    "top_k_probs": "top_k",
    "nucleus_probs": "nucleus",
    "entropy": "entropy",
    "draw": "draw",
    "Sampler": "sampler",
    "generate": "generate",
}


def catalogue(task: str) -> Catalogue:
    """The known mistakes of a task. KeyError if there is no such task."""
    return importlib.import_module(f"grader.misconceptions.{MODULES[task]}").CATALOGUE


def diagnose(task: str, evidence: Evidence) -> Diagnosis | None:
    """The known mistake that explains an answer that lost points, or what is plain to see of it, or None."""
    with torch.no_grad(), np.errstate(all="ignore"):
        known = catalogue(task)
        trial = Trial(known, evidence)
        if found := trial.best():
            return Diagnosis(found.name, found.sentence)
        cases = trial.cases
        return plain_diagnosis([(case.compare(), case.right, case.seen, case.observation.outcome) for case in cases])


@dataclass(frozen=True)
class Fit:
    """How well a mistake explains the evidence: `share` of the observations, the log-likelihood of the draws."""

    misconception: Misconception
    share: float
    signs: int
    likelihood: float


def _best(fits: list[Fit]) -> Misconception | None:
    """The best of the mistakes that explain the evidence; the first of equals; None if another is nearly as good."""
    best = max(fits, key=lambda fit: (round(fit.share, 9), fit.signs, round(fit.likelihood, 6)))
    for other in fits:
        rival = other.misconception.name != best.misconception.name
        if rival and (other.share, other.signs) >= (best.share, best.signs):
            behind = best.likelihood - other.likelihood
            if 1e-6 < behind < math.log(LIKELIHOOD_RATIO):
                return None
    return best.misconception


@dataclass
class Case:
    """One observation beside the right outcome for its input."""

    known: Catalogue
    observation: Any
    made: dict[Any, Outcome] = field(default_factory=dict)

    @cached_property
    def seen(self) -> Outcome:
        """The student's outcome."""
        value = self.observation.outcome
        return outcome_of(self.known.seen(value) if self.known.seen else value, self.observation.changed)

    @cached_property
    def right(self) -> Outcome:
        """The right outcome."""
        return self.imitate(self.known.right)

    def imitate(self, function: Any) -> Outcome:
        """The outcome of our own code; each function is run once."""
        if function not in self.made:
            self.made[function] = run(function, self.observation.args, self.known.play)
        return self.made[function]

    @cached_property
    def half(self) -> bool:
        """Whether the input has half precision."""
        return any(isinstance(arg, Tensor) and arg.dtype in HALVES for arg in self.observation.args)

    @cached_property
    def rounding(self) -> float:
        """What float32 may lose where huge logits are subtracted from one another."""
        numbers = [arg.double() for arg in self.observation.args if isinstance(arg, Tensor) and arg.is_floating_point()]
        return LOST * max(
            (float(one[one.isfinite()].abs().max()) for one in numbers if one.isfinite().any()), default=0
        )

    @cached_property
    def key(self) -> np.ndarray | None:
        """The input, if tokens of equal value in it are interchangeable."""
        return self.observation.args[0].double().numpy() if self.known.by_value else None

    def compare(self, level: Level = Level.WHOLE, loosely: bool = False) -> Comparison:
        """How outcomes for this input are compared; loosely: two imprecise ones with one another."""
        known = self.known
        strictly = Comparison(known.tolerance, level, self.key, known.support, known.form_only, self.half)
        if not loosely:
            return strictly
        tolerance = max(known.tolerance, self.rounding, HALF_TOLERANCE if self.half else 0)
        return replace(strictly, tolerance=tolerance, rounding=ROUNDING)


class Trial:
    """The evidence about one answer, and how each known mistake explains it."""

    def __init__(self, known: Catalogue, evidence: Evidence):
        self.known, self.evidence = known, evidence
        self.cases = [Case(known, observation) for observation in evidence.observations]
        self.draws = [DrawnCase(known, draws, "calls-equal" in evidence.signs) for draws in evidence.draws]

    def best(self) -> Misconception | None:
        """The mistake that explains the evidence clearly better than all the others, or None."""
        for level in Level:
            cases = self.cases_at(level)
            fits = [fit for one in self.known.misconceptions if (fit := self.fit(one, cases, level))]
            if fits:
                return _best(fits)
        return None

    def cases_at(self, level: Level) -> list[tuple[Case, bool]]:
        """The cases that count at a level, each with whether the student is wrong there; the wrong ones first."""
        cases = self.cases
        if level == Level.ANSWERS:
            cases = [case for case in cases if case.seen.finite]
            if len(cases) < ANSWERED * len(self.cases):
                return []
        judged = [(case, not case.compare(level).alike(case.right, case.seen)) for case in cases]
        return sorted(judged, key=lambda pair: not pair[1])

    def fit(self, one: Misconception, cases: list[tuple[Case, bool]], level: Level) -> Fit | None:
        """How a mistake explains the evidence; None if it does not, or if there is nothing to explain."""
        signs = self._signs(one)
        likelihood = None if signs is None else self._likelihood(one)
        share = None if likelihood is None else self._share(one, cases, level)  # last, for it costs most
        if share is None:
            return None
        something = share > 0 or signs > 0 or likelihood > 0
        return Fit(one, share, signs, likelihood) if something else None

    def _share(self, one: Misconception, cases: list[tuple[Case, bool]], level: Level) -> float | None:
        """Explained share of the cases that distinguish; 0.0 if none does, None if it is too small."""
        distinguishing = explained = 0
        any_wrong = any(wrong for _, wrong in cases)
        allowed = (1 - EXPLAINED) * len(cases) if any_wrong else 0  # an upper bound: enough to give up early
        for case, wrong in cases:
            if one.imitate is None:
                distinguishing += wrong
            else:
                made = case.imitate(one.imitate)
                if not wrong and case.compare(level).alike(case.right, made):
                    continue
                distinguishing += 1
                explained += case.compare(level, loosely=True).alike(made, case.seen)
            if distinguishing - explained > allowed:
                return None
        if not distinguishing:
            return 0.0
        share = explained / distinguishing
        return share if any_wrong and share >= EXPLAINED else None

    def _signs(self, one: Misconception) -> int | None:
        """How many signs of dependence it explains; None if there are some and it explains none, or the reverse."""
        explained = len(one.signs & self.evidence.signs)
        return explained if explained or not (one.signs or self.evidence.signs) else None

    def _likelihood(self, one: Misconception) -> float | None:
        """Log-likelihood ratio of the draws against the right answer; None if they don't fit or it is too small."""
        if not self.draws or (one.distribution is None and one.signs):
            return 0.0  # draws that hang together are explained by that, not by their frequencies
        ratios = list(self._ratios(one))
        if any(ratio is None for ratio in ratios):
            return None
        total = sum(ratios)
        if one.distribution is not None and any(ratios) and total <= math.log(LIKELIHOOD_RATIO):
            return None
        return total

    def _ratios(self, one: Misconception) -> Iterator[float | None]:
        for draws in self.draws:
            expected = draws.expected(one.distribution) if one.distribution else draws.right
            if expected is None or not draws.fits(expected):
                yield None
                return
            same = np.allclose(expected, draws.right, rtol=0, atol=1e-9)
            yield 0.0 if same else draws.likelihood(expected) - draws.likelihood(draws.right)


@dataclass
class DrawnCase:
    """Pooled draws of one setting. `repeated`: the calls drew the very same tokens, so they count once."""

    known: Catalogue
    draws: Draws
    repeated: bool
    known_expected: dict[Any, np.ndarray | None] = field(default_factory=dict)

    @cached_property
    def counts(self) -> np.ndarray:
        """How often each rank came."""
        calls = max(1, round(self.draws.counts.sum() / len(self.draws.order))) if self.repeated else 1
        return self.draws.counts / calls

    @cached_property
    def rows(self) -> np.ndarray:
        """The inputs: float64[rows, V]."""
        return np.asarray(self.draws.values, dtype=np.float64)[self.draws.order]

    @cached_property
    def right(self) -> np.ndarray:
        """How often each rank must come: float64[V]."""
        return self.expected(self.known.distribution)

    def expected(self, distribution: Any) -> np.ndarray | None:
        """How often each rank comes under a distribution, over all rows: float64[V]. None if it has no answer."""
        if distribution not in self.known_expected:
            self.known_expected[distribution] = self._expected(distribution)
        return self.known_expected[distribution]

    def _expected(self, distribution: Any) -> np.ndarray | None:
        try:
            probs = np.asarray(distribution(self.rows.copy(), **self.draws.settings), dtype=np.float64)
        except Exception:
            return None
        if probs.shape != self.rows.shape or not np.isfinite(probs).all() or (probs < 0).any() or not probs.sum():
            return None
        by_rank = np.bincount(self.draws.order.ravel(), weights=probs.ravel(), minlength=len(self.draws.values))
        return by_rank / by_rank.sum()

    def likelihood(self, expected: np.ndarray) -> float:
        """Log-likelihood of the counts, smoothed."""
        smooth = (1 - SMOOTHING) * expected + SMOOTHING / len(expected)
        return float((self.counts * np.log(smooth)).sum())

    def fits(self, expected: np.ndarray) -> bool:
        """Whether the counts can be draws from a distribution; a few leaks are allowed."""
        possible = expected > 0
        if self.counts[~possible].sum() >= statistics.LEAKS:
            return False
        kept = expected[possible] / expected[possible].sum()
        return len(kept) < 2 or statistics.fits(self.counts[possible], kept)
