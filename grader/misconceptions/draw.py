"""Known mistakes of `draw`: what it would draw from, what its tokens would look like, how its draws would hang "
"together."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from grader.misconceptions.base import Misconception
from grader.misconceptions.catalogue import Catalogue
from grader.misconceptions.noise import (
    argmax_of_noisy,
    gumbel,
    inverted_gumbel,
    log_uniform,
    negative_log_uniform,
    normal,
    uniform,
)

Rows = np.ndarray  # float64[B, V]
EPSILONS = (3e-5, 1e-4, 3e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1)


def _right(probs: Tensor) -> Tensor:
    """What the model answer returns."""
    return torch.multinomial(probs, num_samples=1).squeeze(-1)


def shares(weights: Rows) -> Rows:
    """Weights as probabilities."""
    return weights / weights.sum(axis=1, keepdims=True)


def one_hot(ids: np.ndarray, vocab: int) -> Rows:
    """All probability on one token of each row."""
    return np.eye(vocab)[ids]


def softmax(scores: Rows) -> Rows:
    """Of every row."""
    return shares(np.exp(scores - scores.max(axis=1, keepdims=True)))


def _greedy_in_small_batches(rows: int, vocab: int = 10**6) -> Callable[[Rows], Rows]:
    """Arg max where there are fewer rows than this, unless the vocabulary is large."""
    return lambda probs: (
        one_hot(probs.argmax(axis=1), probs.shape[1]) if len(probs) < rows and probs.shape[1] < vocab else probs
    )


def _best_only(many: int) -> Callable[[Rows], Rows]:
    """Only so many of the most likely tokens are drawn."""
    return lambda probs: (
        shares(np.where(probs >= -np.sort(-probs, axis=1)[:, many - 1 : many], probs, 0))
        if (probs.shape[1] > many)
        else probs
    )


def _greedy_in_large_vocabulary(probs: Rows) -> Rows:
    return one_hot(probs.argmax(axis=1), probs.shape[1]) if probs.shape[1] > 100 else probs


def _log(probs: Rows) -> Rows:
    return np.log(probs, out=np.full_like(probs, -np.inf), where=probs > 0)


def _surprising(tiny: float) -> Misconception:
    """multinomial of -ln max(p, tiny)."""
    return Misconception(
        "draw-log-probs",
        "draw",
        "Жребий тянут не из вероятностей, а из их логарифмов со знаком минус: чем реже токен, тем чаще он выпадает.",
        lambda probs: torch.multinomial(-probs.clamp(min=tiny).log(), 1).squeeze(-1),
        lambda probs: shares(-np.log(np.maximum(probs, tiny))),
    )


def _shifted(by: int) -> Callable[[Rows], Rows]:
    """The neighbour's id is returned; what would fall off the end stays on the last one."""

    def distribution(probs: Rows) -> Rows:
        moved = np.zeros_like(probs)
        places = np.clip(np.arange(probs.shape[1]) + by, 0, probs.shape[1] - 1)
        for column, place in enumerate(places):
            moved[:, place] += probs[:, column]
        return moved

    return distribution


def _noisy(scores: Callable[[Rows], Rows], noise: Any, sign: int = 1) -> Callable[[Rows], Rows]:
    return lambda probs: argmax_of_noisy(sign * scores(probs), noise)


def _distributed(
    name: str, sentence: str, *distributions: Callable[[Rows], Rows], sign: str = ""
) -> list[Misconception]:
    """The same mistake with several distributions; with a `sign` (see `Evidence.signs`) as well as without."""
    signs = (frozenset({sign}), frozenset()) if sign else (frozenset(),)
    return [
        Misconception(f"draw-{name}", "draw", sentence, distribution=one, signs=found)
        for one in distributions
        for found in signs
    ]


def _formed(name: str, sentence: str, *imitations: Callable[[Tensor], Any]) -> list[Misconception]:
    return [Misconception(f"draw-{name}", "draw", sentence, imitate=one) for one in imitations]


def _signed(name: str, sentence: str, *signs: str) -> list[Misconception]:
    return [Misconception(f"draw-{name}", "draw", sentence, signs=frozenset(signs))]


MISCONCEPTIONS = (
    *_distributed(
        "argmax",
        "Всегда выбирается самый вероятный токен. Это жадный выбор, а здесь нужен жребий: редкие токены тоже должны "
        "иногда выпадать.",
        lambda probs: one_hot(probs.argmax(axis=1), probs.shape[1]),
        sign="rows-equal",
    ),
    *_distributed(
        "argmin",
        "Всегда выбирается самый невероятный токен. Нужен жребий, в котором частота токена равна его вероятности.",
        lambda probs: one_hot(probs.argmin(axis=1), probs.shape[1]),
        sign="rows-equal",
    ),
    *_distributed(
        "rank",
        "Возвращается место токена в отсортированной строке. Место ещё не номер: его нужно перевести обратно в номер "
        "токена словаря.",
        lambda probs: -np.sort(-probs, axis=1),
        lambda probs: np.sort(probs, axis=1),
        sign="calls-dependent",  # two calls hit the same ids, which are other ranks in every row
    ),
    *_distributed(
        "first-row",
        "Все строки тянут жребий из вероятностей первой строки. У каждого текста своё распределение.",
        lambda probs: np.tile(probs[:1], (len(probs), 1)),
        sign="calls-dependent",
    ),
    *_distributed(
        "mean-row",
        "Все строки тянут жребий из одного распределения, общего на весь батч. У каждого текста оно своё.",
        lambda probs: np.tile(probs.mean(axis=0, keepdims=True), (len(probs), 1)),
    ),
    *_distributed(
        "off-by-one",
        "Номера токенов сдвинуты на единицу: выпадает сосед того токена, на который указал жребий. Проверьте на "
        "строке, где возможен только один токен.",
        _shifted(1),
        _shifted(-1),
        lambda probs: np.roll(probs, 1, axis=1),
        lambda probs: np.roll(probs, -1, axis=1),
        sign="calls-dependent",
    ),
    *_distributed(
        "softmax-again",
        "Готовые вероятности использованы там, где нужны их логарифмы: от второго softmax или от шума, прибавленного "
        "прямо к вероятностям, распределение становится почти ровным.",
        softmax,  # Gumbel's noise added to probabilities does the same
        _noisy(lambda probs: probs, inverted_gumbel),
        _noisy(lambda probs: probs, normal),
        _noisy(lambda probs: probs, uniform),
        _noisy(lambda probs: probs, negative_log_uniform),
    ),
    *_distributed(
        "noise-sign",
        "Выигрывает не тот конец: чем больше вероятность токена, тем реже он выпадает. Проверьте, максимум здесь нужен "
        "или минимум и с каким знаком входит шум.",
        _noisy(_log, inverted_gumbel, sign=-1),
        _noisy(_log, gumbel, sign=-1),
        sign="rows-equal",  # an impossible token, where there is one
    ),
    *_distributed(
        "wrong-noise",
        "Арг-максимум с шумом даёт нужные вероятности не при любом шуме. Какому закону должен следовать шум, который "
        "прибавляют к логарифмам вероятностей, и все ли минусы на месте?",
        _noisy(_log, inverted_gumbel),
        _noisy(_log, normal),
        _noisy(_log, uniform),
        _noisy(_log, log_uniform),
        _noisy(_log, negative_log_uniform),
    ),
    *(_surprising(tiny) for tiny in (1e-6, 1e-8, 1e-9, 1e-10, 1e-12, 1e-20, 1e-30)),
    *_formed(
        "log-probs",
        "Жребий тянут из логарифмов вероятностей. Они отрицательны, а жребию нужны веса: чем больше вес, тем чаще "
        "токен.",
        lambda probs: torch.multinomial(probs.log() - 1e-6, 1).squeeze(-1),
        lambda probs: torch.multinomial(-probs.log(), 1).squeeze(-1),
    ),
    *_distributed(
        "uniform-over-possible",
        "Все токены, у которых вероятность не нулевая, выпадают одинаково часто. А должны — каждый со своей "
        "вероятностью.",
        lambda probs: shares((probs > 0).astype(float)),
    ),
    *_distributed(
        "uniform",
        "Все токены выпадают одинаково часто, вероятности ни на что не влияют.",
        lambda probs: np.full_like(probs, 1 / probs.shape[1]),
    ),
    *_distributed(
        "inverted",
        "Чем меньше вероятность токена, тем чаще он выпадает. Не перевёрнуто ли что-то по дороге к жребию?",
        lambda probs: shares(1 - probs),
        lambda probs: shares(probs.max(axis=1, keepdims=True) - probs),
    ),
    *_distributed(
        "power",
        "Токены выпадают не с теми вероятностями, что даны, а со степенью от них: частые слишком часто или, наоборот, "
        "слишком редко.",
        lambda probs: shares(probs**2),
        lambda probs: shares(np.sqrt(probs)),
    ),
    *_distributed(
        "leaks",
        "Выпадают токены с нулевой вероятностью. Если к вероятностям прибавлено маленькое число, то оно досталось и "
        "нулям.",
        *(lambda probs, epsilon=epsilon: shares(probs + epsilon) for epsilon in EPSILONS),
        *(lambda probs, epsilon=epsilon: shares(np.maximum(probs, epsilon)) for epsilon in EPSILONS),
    ),
    *_distributed(
        "greedy-in-small-batches",
        "Когда строк мало, выпадает только самый вероятный токен. Жребий нужен в батче любого размера: тексты "
        "порождают и по одному.",
        *(_greedy_in_small_batches(rows) for rows in (25, 45, 60, 81, 100, 130, 200)),
        *(_greedy_in_small_batches(rows, vocab=100) for rows in (45, 60, 81, 100, 130, 200)),
    ),
    *_distributed(
        "best-only",
        "Выпадают только самые вероятные токены словаря, остальным шанса не досталось. Отсекать хвост здесь никто не "
        "просит.",
        _greedy_in_large_vocabulary,
        *(_best_only(many) for many in (20, 10, 30, 40, 50, 100)),
    ),
    *_signed(
        "one-number",
        "Одинаковые строки всегда получают один и тот же токен: случайное число одно на весь батч. Каждой строке нужен "
        "свой жребий.",
        "rows-equal",
    ),
    *_signed(
        "frozen",
        "Два вызова подряд дают одни и те же токены: случайность внутри функции каждый раз начинается с одного места. "
        "Зерно задаёт тот, кто функцию вызывает.",
        "calls-equal",
    ),
    *_signed(
        "shared-numbers",
        "Случайных чисел меньше, чем строк: некоторые строки тянут один и тот же жребий. Каждой строке нужен свой.",
        "rows-dependent",
    ),
    *_signed(
        "quotas",
        "Частоты слишком точны для случайности: токены раздаются по квотам, и жребий одной строки зависит от других. "
        "Каждая строка должна тянуть сама по себе.",
        "too-even",
    ),
    *_signed(
        "other-generator",
        "После одного и того же torch.manual_seed токены получаются разные: случайные числа берутся не из общего "
        "генератора torch.",
        "not-repeatable",
    ),
    *_formed(
        "one-hot",
        "Вернулись строки из нулей и единиц, а нужен номер токена: одно целое число на строку.",
        lambda probs: torch.nn.functional.one_hot(_right(probs), probs.shape[1]),
        lambda probs: torch.nn.functional.one_hot(_right(probs), probs.shape[1]).float(),
        lambda probs: torch.nn.functional.one_hot(_right(probs), probs.shape[1]).double(),
    ),
    *_formed(
        "column",
        "У ответа лишняя ось: нужна форма [B], по одному числу на строку, а получилась [B, 1].",
        lambda probs: _right(probs)[:, None],
        lambda probs: _right(probs)[:, None].int(),
    ),
    *_formed(
        "squeezed",
        "Пока строк несколько, всё верно, а батч из одной строки теряет ось: squeeze без номера убирает все оси длины "
        "1.",
        lambda probs: torch.multinomial(probs, 1).squeeze(),
    ),
    *_formed(
        "one-token",
        "Вернулся один токен на весь батч, а нужен свой для каждой строки.",
        lambda probs: _right(probs)[0],
        lambda probs: _right(probs)[:1],
        lambda probs: int(_right(probs)[0]),
    ),
    *_formed(
        "float",
        "Номера токенов — целые числа, int64, а вернулись дробные.",
        lambda probs: _right(probs).float(),
        lambda probs: _right(probs).double(),
    ),
    *_formed(
        "int32",
        "Токены выбраны верно, но тип номеров должен быть int64.",
        lambda probs: _right(probs).int(),
        lambda probs: _right(probs).short(),
    ),
    *_formed(
        "list",
        "Токены верны, но вернулись списком Python, а нужен тензор int64 формы [B].",
        lambda probs: _right(probs).tolist(),
    ),
    *_formed(
        "numpy",
        "Токены верны, но вернулись массивом NumPy, а нужен тензор PyTorch на том же устройстве, что вход.",
        lambda probs: _right(probs).numpy(),
    ),
)

CATALOGUE = Catalogue("draw", MISCONCEPTIONS, right=_right, form_only=True, distribution=lambda probs: probs)
