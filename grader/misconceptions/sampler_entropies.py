"""Known mistakes of `Sampler` in the greedy mode, and in whose entropy it returns."""

import numpy as np

from grader import reference
from grader.misconceptions.base import Misconception
from grader.misconceptions.sampler_forms import any_tokens, surprisal
from grader.misconceptions.sampler_steps import (
    Outcome,
    Rows,
    heated,
    not_renormalised,
    right,
    sampler,
    softmax,
    uncut,
    unless_greedy,
    with_settings,
)

ROWS_EQUAL = frozenset({"rows-equal"})


def _entropies(name: str, sentence: str, *imitations: Outcome) -> list[Misconception]:
    """The tokens are right, the entropies are not."""
    return [Misconception(f"sampler-{name}", "Sampler", sentence, one) for one in imitations]


def _nan_at_zero(probs: Rows) -> np.ndarray:
    probs = probs.astype(np.float32).astype(np.float64)
    with np.errstate(all="ignore"):
        return -(probs * np.log(probs)).sum(axis=1)


def _plain_entropy(probs: Rows) -> np.ndarray:
    """-sum of p ln p, whatever the rows sum to."""
    return -(probs * np.log(probs, out=np.zeros_like(probs), where=probs > 0)).sum(axis=1)


def _always_greedy(rows: Rows, **settings: object) -> Rows:
    return np.eye(rows.shape[1])[rows.argmax(axis=1)]


MODES = (
    *(
        Misconception(
            "sampler-always-greedy",
            "Sampler",
            "Во всех режимах выбирается самый вероятный токен. В режимах random и nucleus токен должен выпадать "
            "случайно, по вероятностям.",
            imitation,
            _always_greedy,
            ROWS_EQUAL,
        )
        for imitation in (sampler(_always_greedy), sampler())
    ),
    *_entropies(
        "greedy-entropy",
        "В жадном режиме возможен только один токен. Какова энтропия распределения, в котором нечему удивляться?",
        *(
            sampler(greedy=greedy)
            for greedy in (
                lambda rows, **s: heated(rows, s["temp"]),
                lambda rows, **s: right(rows, **{**s, "sample_mode": "random"}),
                lambda rows, **s: softmax(rows),
                lambda rows, **s: right(rows, **{**s, "sample_mode": "random", "temp": 1.0}),
            )
        ),
    ),
    *_entropies(
        "greedy-draws",
        "В жадном режиме токен выбирается случайно, а должен — самый вероятный, всегда один и тот же.",
        *(
            sampler(greedy=greedy, form=lambda tokens, entropies, _: (any_tokens(tokens), entropies))
            for greedy in (
                lambda rows, **s: right(rows, **{**s, "sample_mode": "random"}),
                lambda rows, **s: heated(rows, s["temp"]),
                _always_greedy,
            )
        ),
    ),
)

ENTROPIES = (
    *_entropies(
        "entropy-before-cut",
        "Энтропия посчитана до отсечения. Нужна энтропия того распределения, из которого токен действительно выбирали: "
        "отсечённые токены в нём уже невозможны.",
        sampler(uncut),
    ),
    *_entropies(
        "entropy-before-nucleus",
        "Энтропия посчитана до отсечения ядром, а токен выбирают после него.",
        sampler(with_settings(lambda s: {"sample_mode": "random"} if s["sample_mode"] == "nucleus" else {})),
    ),
    *_entropies(
        "entropy-before-temperature",
        "Энтропия не знает о температуре. Нужна энтропия того распределения, из которого токен действительно выбирали, "
        "а оно получилось после деления на T.",
        sampler(with_settings(lambda s: {"temp": 1.0})),
        sampler(unless_greedy(lambda rows, **s: softmax(rows))),
    ),
    *_entropies(
        "entropy-bits",
        "Энтропия посчитана в битах, а нужна в натах: какой логарифм стоит в формуле?",
        sampler(entropies=lambda probs: reference.entropy(probs) / np.log(2)),
    ),
    *_entropies(
        "entropy-negative",
        "Энтропия получилась отрицательной. Логарифмы вероятностей меньше нуля; что в формуле меняет знак?",
        sampler(entropies=lambda probs: -reference.entropy(probs)),
    ),
    *_entropies(
        "entropy-nan",
        "Энтропия превращается в NaN, как только какой-нибудь токен невозможен. Чему по определению равно 0 · ln 0?",
        sampler(entropies=_nan_at_zero),
        sampler(entropies=lambda probs: np.where((probs == 1).any(axis=1), 0.0, _nan_at_zero(probs))),
    ),
    *_entropies(
        "entropy-unnormalised",
        "Энтропия посчитана по вероятностям, которые после отсечения уже не складываются в единицу.",
        sampler(not_renormalised, entropies=_plain_entropy),
    ),
    *_entropies(
        "entropy-surprisal",
        "Это −ln p выпавшего токена: неожиданность одного исхода. Энтропия — её среднее по всем токенам, и от того, "
        "что выпало, она не зависит.",
        *surprisal(),
    ),
)
