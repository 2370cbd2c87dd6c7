"""Known mistakes of `entropy(probs[B, V]) -> float32[B]` in nats."""

import math

import torch
from torch import Tensor

from grader import reference
from grader.misconceptions.base import Misconception, TensorFunction
from grader.misconceptions.catalogue import Catalogue, forms

TASK = "entropy"
EPSILONS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)


def right(probs: Tensor) -> Tensor:
    """The right answer, by the reference."""
    return torch.from_numpy(reference.entropy(probs.double().numpy())).float()


def _terms(probs: Tensor) -> Tensor:
    """-p ln p of every token: [B, V]."""
    return -torch.xlogy(probs, probs)


def _in_place(probs: Tensor) -> Tensor:
    probs *= -probs.clamp(min=1e-30).log()
    return probs.sum(dim=-1)


def _logarithm_in_place(probs: Tensor) -> Tensor:
    logs = probs.clamp(min=1e-30)
    return -(logs * probs.clamp_(min=1e-30).log_()).sum(dim=-1)


def _mistake(name: str, sentence: str, *imitations: TensorFunction) -> tuple[Misconception, ...]:
    return forms(f"entropy-{name}", TASK, sentence, *imitations)


MISCONCEPTIONS = (
    *_mistake(
        "bits",
        "Все значения больше верных в одно и то же число раз: похоже, энтропия посчитана в битах. В условии она "
        "в натах — вспомните, какое у них основание логарифма.",
        lambda q: right(q) / math.log(2),
    ),
    *_mistake(
        "log10",
        "Все значения меньше верных в одно и то же число раз: похоже, логарифм взят десятичный. Для натов нужно другое "
        "основание.",
        lambda q: right(q) / math.log(10),
    ),
    *_mistake(
        "nan-at-zero",
        "В строках с нулевыми вероятностями получается NaN: логарифм нуля — минус бесконечность, а ноль на "
        "бесконечность умножать нельзя. В условии сказано, чему должно быть равно такое слагаемое.",
        lambda q: -(q * q.log()).sum(dim=-1),
    ),
    *_mistake(
        "nan-row-zeroed",
        "Строки, где есть нулевые вероятности, получили энтропию 0 целиком. Испортиться может только слагаемое "
        "с нулём, а остальные слагаемые строки верны: исправлять стоит до сложения.",
        lambda q: (-(q * q.log()).sum(dim=-1)).nan_to_num(0.0),
    ),
    *_mistake(
        "mean-over-batch",
        "Вместо числа на каждую строку вернулось одно среднее. Строки — отдельные тексты, и энтропия у каждой своя.",
        lambda q: right(q).mean(),
        lambda q: right(q).mean().item(),
        lambda q: right(q).mean().expand(len(q)),
        lambda q: right(q).mean()[None],
        lambda q: (-(q * q.log()).sum(dim=-1)).mean(),
        lambda q: (-(q * q.log()).sum(dim=-1)).mean().item(),
    ),
    *_mistake(
        "summed-over-batch",
        "Сложены слагаемые всех строк сразу, и вместо числа на строку вышло одно. Проверьте, вдоль какой оси идёт "
        "сумма в формуле.",
        lambda q: right(q).sum(),
        lambda q: right(q).sum().item(),
        lambda q: -(q * q.log()).sum(),
        lambda q: -(q * q.log()).sum().item(),
    ),
    *_mistake(
        "mean-over-tokens",
        "Слагаемые строки усреднены, а не сложены. Вероятности в формуле сами служат весами, делить на число токенов "
        "уже не нужно.",
        lambda q: _terms(q).mean(dim=-1),
        lambda q: -(q * q.log()).mean(dim=-1),
    ),
    *_mistake(
        "mean-of-all",
        "Слагаемые усреднены и по токенам, и по строкам, и вышло одно число. В формуле сумма, и у каждой строки она "
        "своя.",
        lambda q: _terms(q).mean(),
        lambda q: _terms(q).mean().item(),
        lambda q: -(q * q.log()).mean(),
    ),
    *_mistake(
        "sign",
        "Энтропия получилась отрицательной. Логарифм вероятности не больше нуля — посмотрите, что в формуле делает "
        "сумму положительной.",
        lambda q: -right(q),
        lambda q: (q * q.log()).sum(dim=-1),
    ),
    *_mistake(
        "perplexity",
        "Похоже, вернулась перплексия (perplexity): у единственно возможного токена вышла единица, а не ноль. Энтропия "
        "— это её логарифм.",
        lambda q: right(q).exp(),
        lambda q: (-(q * q.log()).sum(dim=-1)).exp(),
    ),
    *_mistake(
        "large-epsilon",
        "Добавка, которая спасает от логарифма нуля, слишком велика: на большом словаре у токенов вероятности того же "
        "порядка. Подумайте, как обойтись с нулём, не трогая остальных.",
        *(lambda q, e=e: -(q * (q + e).log()).sum(dim=-1) for e in EPSILONS),
        *(lambda q, e=e: -(q * q.clamp(min=e).log()).sum(dim=-1) for e in EPSILONS[:4]),
        *(lambda q, e=e: -((q + e) * (q + e).log()).sum(dim=-1) for e in EPSILONS),
        *(lambda q, e=e: -(q.clamp(min=e) * q.clamp(min=e).log()).sum(dim=-1) for e in EPSILONS[:5]),
    ),
    *_mistake(
        "wrong-axis",
        "Сумма взята не вдоль словаря, а поперёк батча. На каждую строку должно прийтись по одному числу.",
        lambda q: _terms(q).sum(dim=0),
        lambda q: -(q * q.log()).sum(dim=0),
    ),
    *_mistake(
        "kept-dimension",
        "Числа верны, но у ответа осталась лишняя ось. Нужно по одному числу на строку: форма [B].",
        lambda q: right(q)[:, None],
        lambda q: right(q)[None],
    ),
    *_mistake(
        "squeezed",
        "Когда строка в батче одна, её ось пропадает и вместо тензора формы [B] выходит скаляр. Батч из одной "
        "строки — тоже батч.",
        lambda q: right(q).squeeze(),
        lambda q: right(q)[0] if len(q) == 1 else right(q),
    ),
    *_mistake(
        "not-summed",
        "Вернулись отдельные слагаемые, по одному на токен. Энтропия строки — их сумма.",
        _terms,
        lambda q: -(q * q.log()),
    ),
    *_mistake(
        "surprisal-of-best",
        "Похоже, посчитана неожиданность одного, самого вероятного токена. Энтропия — средняя неожиданность всех "
        "токенов, каждый берётся со своей вероятностью.",
        lambda q: -q.amax(dim=-1).log(),
    ),
    *_mistake(
        "no-weights",
        "Логарифмы сложены (или усреднены) поровну. В энтропии неожиданность каждого токена берётся с весом — его "
        "вероятностью, поэтому редкие токены почти не влияют.",
        lambda q: -q.log().sum(dim=-1),
        lambda q: -q.log().mean(dim=-1),
        *(lambda q, e=e: -(q + e).log().sum(dim=-1) for e in (1e-12, 1e-10, 1e-9, 1e-8)),
        *(lambda q, e=e: -(q + e).log().mean(dim=-1) for e in (1e-12, 1e-10, 1e-9, 1e-8)),
    ),
    *_mistake(
        "gini",
        "Похоже, посчитана вероятность того, что два жребия не совпадут (индекс Джини). Эта мера тоже растёт с "
        "неопределённостью, но в определении энтропии стоит логарифм.",
        lambda q: 1 - (q**2).sum(dim=-1),
    ),
    *_mistake(
        "collision",
        "Логарифм взят от суммы квадратов, а нужна сумма логарифмов с весами. Это другая мера, энтропия Реньи: "
        "порядок действий здесь важен.",
        lambda q: -(q**2).sum(dim=-1).log(),
    ),
    *_mistake(
        "normalised",
        "Энтропия поделена на наибольшую возможную и лежит между нулём и единицей. В условии такого деления нет: "
        "у n равновероятных токенов должно выйти ln n.",
        lambda q: right(q) / math.log(q.shape[-1]),
        lambda q: right(q) / torch.tensor(float(q.shape[-1])).log(),
        lambda q: right(q) / math.log(max(q.shape[-1], 2)),
    ),
    *_mistake(
        "softmax-first",
        "Похоже, от входа взят softmax или он принят за логиты, и распределение стало почти равномерным. Посмотрите "
        "в условии, что функция получает.",
        lambda q: right(q.softmax(dim=-1)),
    ),
    *_mistake(
        "double",
        "Числа верны, но их тип — двойная точность, а в условии обещана одинарная. Считать можно в любой, важно, "
        "в какой вернуть.",
        lambda q: right(q).double(),
        lambda q: -(q.double() * q.double().log()).sum(dim=-1),
    ),
    *_mistake(
        "in-place",
        "Функция изменила вероятности прямо в том тензоре, который ей дали. Тому, кто её вызвал, они ещё понадобятся: "
        "результат стоит класть в новый тензор.",
        _in_place,
        _logarithm_in_place,
        lambda q: -q.mul_(q.log()).sum(dim=-1),
    ),
)

CATALOGUE = Catalogue(TASK, MISCONCEPTIONS, right, tolerance=1e-3)
