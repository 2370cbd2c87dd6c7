"""Known mistakes of `Sampler`: temperature, cuts and draws; all its mistakes together in CATALOGUE."""

import numpy as np

from grader.misconceptions.base import Misconception
from grader.misconceptions.catalogue import Catalogue
from grader.misconceptions.sampler_entropies import ENTROPIES, MODES
from grader.misconceptions.sampler_forms import RETURNED
from grader.misconceptions.sampler_refusals import REFUSED
from grader.misconceptions.sampler_steps import (
    Distribution,
    best,
    cold_draw,
    even_draw,
    heated,
    nucleus_by,
    nucleus_first,
    nucleus_of_logits,
    over_the_batch,
    ranks_of,
    right,
    sampler,
    softmax_of_result,
    softmax_of_top_k,
    temperature_last,
    top_k_of_probs,
    uncut,
    unless_greedy,
    with_settings,
)


def _law(name: str, sentence: str, *distributions: Distribution) -> list[Misconception]:
    """Tokens and entropies follow another distribution than the right one."""
    return [Misconception(f"sampler-{name}", "Sampler", sentence, sampler(one), one) for one in distributions]


def _drawn(name: str, sentence: str, *distributions: Distribution, sign: str = "") -> list[Misconception]:
    """The entropies are right, the tokens come from elsewhere; with a `sign` of `Evidence.signs` as well as without."""
    signs = (frozenset({sign}), frozenset()) if sign else (frozenset(),)
    return [
        Misconception(f"sampler-{name}", "Sampler", sentence, sampler(), one, found)
        for one in distributions
        for found in signs
    ]


def _signed(name: str, sentence: str, sign: str) -> Misconception:
    return Misconception(f"sampler-{name}", "Sampler", sentence, sampler(), signs=frozenset({sign}))


def _heat_of(name: str, value: str) -> Distribution:
    """Temperature is forgotten where a setting has this value; greedy has none anyway."""
    return unless_greedy(with_settings(lambda s: {"temp": 1.0} if s[name] == value else {}))


def _twice(name: str, value: str) -> Distribution:
    return unless_greedy(with_settings(lambda s: {"temp": s["temp"] ** 2} if s[name] == value else {}))


def _both_cuts(settings: dict) -> bool:
    return settings["prob_mode"] == "topk" and settings["sample_mode"] == "nucleus"


def _cuts(settings: dict) -> bool:
    return settings["prob_mode"] == "topk" or settings["sample_mode"] == "nucleus"


TEMPERATURE = (
    *_law(
        "temp-ignored",
        "Температура ни на что не влияет: распределение одно и то же при любом T. В какой момент она должна вступить?",
        with_settings(lambda s: {"temp": 1.0}),
    ),
    *_law(
        "temp-ignored-in-topk",
        "В режиме topk температура забыта. Она действует в обоих режимах prob_mode, и раньше любого отсечения.",
        _heat_of("prob_mode", "topk"),
    ),
    *_law(
        "temp-ignored-in-nucleus",
        "Перед отсечением ядром температура забыта. Она действует при любом способе выбора, и раньше любого отсечения.",
        _heat_of("sample_mode", "nucleus"),
    ),
    *_law(
        "temp-ignored-in-random",
        'При sample_mode="random" температура забыта, а в ядре она есть. Она действует всегда.',
        _heat_of("sample_mode", "random"),
    ),
    *_law(
        "temp-ignored-without-topk",
        "В режиме temperature сама температура забыта, а в topk она есть. Она действует в обоих режимах.",
        _heat_of("prob_mode", "temperature"),
    ),
    *_law(
        "temp-twice",
        "Температура применена дважды. Проследите путь логитов: в скольких местах на нём их делят на T?",
        with_settings(lambda s: {"temp": s["temp"] ** 2}),
        _twice("prob_mode", "temperature"),
        _twice("prob_mode", "topk"),
        _twice("sample_mode", "nucleus"),
    ),
    *_law(
        "temp-inverted",
        "Температура работает в обратную сторону: высокая делает распределение острее, а должна ровнее.",
        with_settings(lambda s: {"temp": 1 / s["temp"]}),
    ),
    *_law(
        "temp-after-cut",
        "Температура применена после отсечения. Порог p относится к распределению, из которого действительно выбирают, "
        "поэтому сначала температура, потом отсечение.",
        temperature_last,
    ),
)

CUTS = (
    *_law(  # the nucleus of everything is seldom larger than k, so the two can't be told apart
        "nucleus-before-topk",
        "Ядро берётся от всего словаря, а должно — от того, что оставил top-k: сначала top-k, новые вероятности "
        "оставшихся токенов и только потом ядро.",
        nucleus_first,
        with_settings(lambda s: {"prob_mode": "temperature"} if s["sample_mode"] == "nucleus" else {}),
    ),
    *_law(
        "topk-ignored",
        "Режим topk ничего не отсекает: выбор идёт из всего словаря.",
        with_settings(lambda s: {"prob_mode": "temperature"}),
        with_settings(lambda s: {"prob_mode": "temperature"} if s["sample_mode"] == "random" else {}),
    ),
    *_law(
        "nucleus-lost-with-topk",
        'При prob_mode="topk" отсечение ядром пропадает. Настройки независимы: ядро берётся и после top-k.',
        with_settings(lambda s: {"sample_mode": "random"} if _both_cuts(s) else {}),
    ),
    *_law(
        "nucleus-ignored",
        "Режим nucleus ничего не отсекает: порог p ни на что не влияет.",
        with_settings(lambda s: {"sample_mode": "random"} if s["sample_mode"] == "nucleus" else {}),
    ),
    *_law(
        "topk-of-probs",
        "Отсечение top-k ждёт логиты и само берёт softmax, а получает уже готовые вероятности.",
        top_k_of_probs,
        lambda rows, **s: right(heated(rows, s["temp"]), **{**s, "temp": 1.0}),
    ),
    *_law(
        "softmax-of-probs",
        "Softmax взят от готовых вероятностей. После него у отсечённых токенов вероятность уже не нулевая, а у "
        "остальных почти одинаковая.",
        softmax_of_top_k,
        softmax_of_result,
    ),
    *_law(
        "nucleus-of-logits",
        "Отсечение ядром складывает логиты вместо вероятностей. Масса токена — это его вероятность, логит массы не "
        "имеет.",
        nucleus_of_logits,
    ),
    *_law(
        "over-the-batch",
        "Softmax взят не по той оси: в единицу складываются вероятности одного токена в разных текстах.",
        over_the_batch,
    ),
    *_law(
        "nucleus-exclusive",
        "Токен, на котором накопленная масса переходит через p, выпал из ядра, а он в него входит.",
        nucleus_by(lambda falling, before, p: before + falling <= p),
    ),
    *_law(
        "nucleus-one-more",
        "В ядре лишний токен: масса перед ним уже не меньше p.",
        nucleus_by(lambda falling, before, p: np.roll(before, 1, axis=1) < p),
    ),
    *_law(
        "nucleus-tail",
        "Порог p понят наоборот, как масса хвоста, который отбрасывают. Это масса того, что остаётся.",
        nucleus_by(lambda falling, before, p: before < 1 - p),
    ),
    *_law(
        "topk-one-off",
        "Токенов после top-k остаётся не k, а на один больше или меньше.",
        with_settings(lambda s: {"k": s["k"] + 1} if s["k"] is not None else {}),
        with_settings(lambda s: {"k": max(1, s["k"] - 1)} if s["k"] is not None else {}),
    ),
)

DRAWS = (
    *_drawn(
        "rank",
        "Возвращается место токена среди отсортированных. Место ещё не номер: его нужно перевести обратно в номер "
        "токена словаря.",
        ranks_of(lambda s: True),
        ranks_of(lambda s: s["prob_mode"] == "topk" or s["sample_mode"] == "nucleus"),
        ranks_of(lambda s: s["prob_mode"] == "topk"),
        ranks_of(lambda s: s["sample_mode"] == "nucleus"),
        sign="calls-dependent",  # two calls hit the same places, which are other ranks in every row
    ),
    *_drawn(
        "draws-uncut",
        "Энтропия верна, а токен выбирают из распределения до отсечения: выпадают токены, которых там быть не должно.",
        uncut,
        with_settings(lambda s: {"sample_mode": "random"} if s["sample_mode"] == "nucleus" else {}),
    ),
    *_drawn(
        "draws-without-temperature",
        "Энтропия верна, а жребий о температуре не знает. Если шум прибавлен до деления на T, температура делит и его.",
        cold_draw,
        with_settings(lambda s: {"temp": 1.0}),
        unless_greedy(lambda rows, **s: cold_draw(rows, **s) if s["sample_mode"] == "random" else right(rows, **s)),
    ),
    *_drawn(
        "draws-evenly",
        "Все оставшиеся токены выпадают одинаково часто. А должны — каждый со своей вероятностью.",
        even_draw,
    ),
    *_drawn(
        "greedy-when-cut",
        "После отсечения берётся всегда самый вероятный токен. Отсечение только убирает хвост, среди оставшихся токен "
        "выпадает случайно.",
        unless_greedy(lambda rows, **s: best(rows) if _cuts(s) else right(rows, **s)),
    ),
    _signed(
        "one-number",
        "Одинаковые строки всегда получают один и тот же токен: случайное число одно на весь батч. Каждой строке нужен "
        "свой жребий.",
        "rows-equal",
    ),
    _signed(
        "frozen",
        "Повторный вызов даёт те же самые токены: случайность внутри Sampler каждый раз начинается с одного места. "
        "Зерно задаёт тот, кто вызывает, а не Sampler.",
        "calls-equal",
    ),
    _signed(
        "shared-numbers",
        "Случайных чисел меньше, чем строк: некоторые строки тянут один и тот же жребий. Каждой строке нужен свой.",
        "rows-dependent",
    ),
    _signed(
        "defaults",
        "Не у всех настроек есть значения по умолчанию, какие обещает условие: Sampler() — это жадный выбор из всех "
        "токенов.",
        "no-defaults",
    ),
    _signed(
        "other-generator",
        "После одного и того же torch.manual_seed токены получаются разные: случайные числа берутся не из общего "
        "генератора torch.",
        "not-repeatable",
    ),
)

CATALOGUE = Catalogue(
    "Sampler",
    (*TEMPERATURE, *CUTS, *MODES, *ENTROPIES, *DRAWS, *RETURNED, *REFUSED),
    right=sampler(),
    tolerance=1e-3,
    distribution=right,
)
