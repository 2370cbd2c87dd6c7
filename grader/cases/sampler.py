"""Cases of `class Sampler`: entropies exactly, tokens by frequency, and the errors that it owes its user."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_lib.expect import check_repeats, check_value_errors
from grader import reference
from grader.cases.asking import WrongAnswer, ask, ask_pair, compare
from grader.cases.exact import ENTROPY_TOLERANCE, HALVES, INF
from grader.cases.frequency import Setting, check_setting
from grader.cases.lending import Lent
from grader.cases.probes import exact, nucleus_logits, random_logits, separated_logits, to_tensor

LOGITS = tuple(-float(rank) for rank in range(6))
SAME_ROWS = 64


def _settings(prob_mode: str, sample_mode: str, **numbers: Any) -> dict[str, Any]:
    return {"prob_mode": prob_mode, "sample_mode": sample_mode, "temp": 1.0, "k": None, "p": None, **numbers}


def _drawn(title: str, rows: int, settings: dict[str, Any], same_rows: bool = False) -> tuple[Setting, dict[str, Any]]:
    probs = reference.distribution(np.asarray([LOGITS]), **settings)[0]
    return Setting(title, LOGITS, tuple(probs.tolist()), rows, same_rows), settings


DRAWN = (
    _drawn("T = 0.7", 8000, _settings("temperature", "random", temp=0.7)),
    _drawn("T = 1.6", 1000, _settings("temperature", "random", temp=1.6)),
    _drawn("одинаковые строки", 1000, _settings("temperature", "random", temp=1.3), same_rows=True),
    _drawn("top-k", 1000, _settings("topk", "random", temp=1.5, k=3)),
    _drawn("nucleus", 1000, _settings("temperature", "nucleus", temp=1.2, p=0.7)),
    _drawn("top-k и nucleus", 1000, _settings("topk", "nucleus", temp=1.5, k=4, p=0.75)),
)
BAD_SETTINGS = (
    ("temp", {"temp": 0}),
    ("temp", {"temp": -0.5}),
    ("temp", {"temp": INF}),
    ("temp", {"temp": float("nan")}),
    ("k", {"prob_mode": "topk", "k": 0}),
    ("k", {"prob_mode": "topk", "k": -3}),
    ("p", {"sample_mode": "nucleus", "p": 0.0}),
    ("p", {"sample_mode": "nucleus", "p": -0.1}),
    ("p", {"sample_mode": "nucleus", "p": 1.01}),
    ("prob_mode", {"prob_mode": "top_p"}),
    ("sample_mode", {"sample_mode": "beam"}),
)
BAD_LOGITS = (
    ("логиты не двумерны", [0.5, 1.0, 2.0]),
    ("логиты не двумерны", [[[0.5, 1.0, 2.0]]]),
    ("в строке есть NaN", [[0.5, 1.0], [float("nan"), 0.0]]),
    ("в строке одни −inf", [[0.5, 1.0], [-INF, -INF]]),
)


def grade_sampler(cls: type, namespace: dict[str, Any] | None = None, seed: int | None = None) -> Lent:
    """WrongAnswer if `Sampler` is wrong in itself.

    It may call the student's other functions; where it fails with them, those of them that are wrong are replaced in
    the notebook's `namespace` by right ones and it is tried again. Returns what was lent, for `give_back()`.
    """
    lent = Lent(namespace or {})
    try:
        _grade(cls, seed)
    except WrongAnswer:
        if not lent.lend():
            raise
        try:
            _grade(cls, seed)
        except WrongAnswer:
            lent.give_back()
            raise
    return lent


def false_alarm_bound() -> float:
    """Upper bound of the probability that a right `Sampler` fails."""
    return sum(setting.false_alarm() for setting, _ in DRAWN) + 8.0 ** (1 - SAME_ROWS)


def _grade(cls: type, seed: int | None) -> None:
    """WrongAnswer if the sampler fails a case; what the shared checks find counts as such."""
    try:
        _try_all(cls, seed)
    except WrongAnswer:
        raise
    except AssertionError as error:
        raise WrongAnswer(str(error)) from error


def _try_all(cls: type, seed: int | None) -> None:
    rng = np.random.default_rng(seed)
    _check_greedy(cls, rng)
    _check_entropies(cls, rng)
    _check_draws(cls, rng)
    _check_errors(cls)


def _sample(cls: type, settings: dict[str, Any], logits: Tensor) -> tuple[np.ndarray, np.ndarray]:
    return ask_pair("Sampler.sample", _make(cls, settings).sample, logits)


def _make(cls: type, settings: dict[str, Any]) -> Any:
    sampler = ask("Sampler", lambda: cls(**settings))
    if not callable(getattr(sampler, "sample", None)):
        raise WrongAnswer("Sampler: у объекта нет метода sample.")
    return sampler


def _check_greedy(cls: type, rng: np.random.Generator) -> None:
    for settings in (_settings("temperature", "greedy", temp=1.7), _settings("topk", "greedy", k=3)):
        for rows in (6, 1):
            logits = random_logits(rng, rows, 11)
            tokens, entropies = _sample(cls, settings, logits)
            if (tokens != exact(logits).argmax(axis=1)).any():
                raise WrongAnswer("Sampler: жадный выбор берёт не самый вероятный токен.")
            compare("Sampler", "энтропия жадного выбора", entropies, np.zeros(rows), ENTROPY_TOLERANCE)


def _check_entropies(cls: type, rng: np.random.Generator) -> None:
    for about, settings, logits in _exact_cases(rng):
        tokens, entropies = _sample(cls, settings, logits)
        probs = reference.distribution(exact(logits), **settings)
        compare("Sampler", f"энтропия, {about}", entropies, reference.entropy(probs), ENTROPY_TOLERANCE)
        if (np.take_along_axis(probs, tokens[:, None], axis=1) == 0).sum() >= 2:
            raise WrongAnswer(f"Sampler: {about} — выбран токен, вероятность которого равна 0.")


def _exact_cases(rng: np.random.Generator) -> list[tuple[str, dict[str, Any], Tensor]]:
    """(about, settings, logits): each mode on several rows, on one row, in half precision, on a large vocabulary."""
    cases = []
    for dtype, kind in ((torch.float32, "float32"), *((half, "половинная точность") for half in HALVES)):
        for rows, vocab in ((5, 12), (1, 12), (3, 2000)):
            random = _settings("temperature", "random", temp=float(rng.uniform(0.5, 2)))
            topk = _settings("topk", "random", temp=float(rng.uniform(0.5, 2)), k=4)
            nucleus = _settings("temperature", "nucleus", temp=float(rng.uniform(0.5, 2)), p=0.8)
            both = _settings("topk", "nucleus", temp=float(rng.uniform(0.5, 2)), k=5, p=0.7)
            cases += [
                (f"temperature, {kind}", random, random_logits(rng, rows, vocab, dtype)),
                (f"top-k, {kind}", topk, separated_logits(rng, rows, vocab, topk["k"], dtype)),
                (f"nucleus, {kind}", nucleus, nucleus_logits(rng, rows, vocab, nucleus, dtype)),
                (f"top-k и nucleus, {kind}", both, nucleus_logits(rng, rows, vocab, both, dtype)),
            ]
    huge = to_tensor([[1e4, 1e4 - 1, -1e4, 0.0], [-1e4, -1e4 + 2, -1e4 - 2, -1e4 + 1]])
    holes = to_tensor([[0.5, -INF, 1.5, -INF], [-INF, -INF, 2.0, 1.0]])
    for settings in (_settings("temperature", "random"), _settings("topk", "random", k=9)):
        cases += [("логиты ±10 000", settings, huge), ("логиты −inf", settings, holes)]
    cases.append(("p = 1", _settings("temperature", "nucleus", p=1.0), random_logits(rng, 3, 6).clamp(-1, 1)))
    return cases


def _check_draws(cls: type, rng: np.random.Generator) -> None:
    flat = to_tensor(np.zeros((SAME_ROWS, 8)))
    settings = _settings("temperature", "random")
    if len(set(_sample(cls, settings, flat)[0].tolist())) == 1:
        raise WrongAnswer("Sampler: одинаковые строки получают один и тот же токен. Жребий один на всех?")
    for setting, numbers in DRAWN:
        check_setting("Sampler", setting, _drawer(cls, numbers), rng)
    check_repeats("Sampler", lambda: torch.from_numpy(_sample(cls, settings, flat)[0]))


def _drawer(cls: type, settings: dict[str, Any]) -> Callable[[np.ndarray, int], np.ndarray]:
    """Two calls of one sampler, the third of another: neither may repeat the first."""
    sampler = _make(cls, settings)

    def tokens(rows: np.ndarray, number: int) -> np.ndarray:
        used = sampler if number < 2 else _make(cls, settings)
        return ask_pair("Sampler.sample", used.sample, to_tensor(rows))[0]

    return tokens


def _check_errors(cls: type) -> None:
    good = _settings("temperature", "random")
    fine = to_tensor([[0.5, 1.0, 2.0]])
    cases = [(f"{name} = {bad[name]}", {**good, **bad}, fine) for name, bad in BAD_SETTINGS]
    cases += [(about, good, to_tensor(logits)) for about, logits in BAD_LOGITS]
    check_value_errors(cls, cases)
