"""Known mistakes of `temperature_probs(logits[B, V], temp) -> probs float32[B, V]`."""

import torch
from torch import Tensor

from grader import reference
from grader.misconceptions.base import Misconception, TensorFunction
from grader.misconceptions.catalogue import Catalogue, forms

TASK = "temperature_probs"


def right(logits: Tensor, temp: float) -> Tensor:
    """The right answer, by the reference."""
    return torch.from_numpy(reference.temperature_probs(logits.double().numpy(), temp)).float()


def _softmax(logits: Tensor) -> Tensor:
    return logits.float().softmax(dim=-1)


def _naive(weights: Tensor, epsilon: float = 0.0) -> Tensor:
    return weights / (weights.sum(dim=-1, keepdim=True) + epsilon)


def _in_place(logits: Tensor, temp: float) -> Tensor:
    logits /= temp
    return _softmax(logits)


def _less_the_largest_in_place(logits: Tensor, temp: float) -> Tensor:
    logits -= logits.amax(dim=-1, keepdim=True)
    return _softmax(logits / temp)


def _less_the_largest_of_all(logits: Tensor, temp: float) -> Tensor:
    scaled = logits.float() / temp
    return _naive((scaled - scaled.max()).exp())


def _total(logits: Tensor, temp: float) -> Tensor:
    return (logits.float() / temp).flatten().softmax(dim=0).view(logits.shape)


def _mistake(name: str, sentence: str, *imitations: TensorFunction) -> tuple[Misconception, ...]:
    return forms(f"temperature-{name}", TASK, sentence, *imitations)


MISCONCEPTIONS = (
    *_mistake(
        "multiplied",
        "Похоже, с ростом температуры распределение становится острее, а не ровнее. Вспомните, какой предел обещан "
        "при очень высокой температуре, и проверьте, в какую сторону она действует у вас.",
        lambda z, t: _softmax(z.float() * t),
    ),
    *_mistake(
        "twice",
        "Похоже, температура подействовала дважды. Посчитайте, сколько раз на пути от логитов к вероятностям она "
        "встречается в формуле, а сколько — у вас.",
        lambda z, t: _softmax(z.float() / t / t),
    ),
    *_mistake(
        "ignored",
        "Ответ не зависит от температуры. Если менять её после softmax, нормировка такое изменение сократит: "
        "подумайте, на каком шаге температура ещё может изменить отношения между вероятностями.",
        lambda z, t: _softmax(z),
    ),
    *_mistake(
        "probs-scaled",
        "Похоже, на температуру поделены (или умножены) готовые вероятности, и строка больше не даёт в сумме единицу. "
        "Температура меняет отношения между токенами, а общий множитель их не меняет.",
        lambda z, t: _softmax(z) / t,
        lambda z, t: _softmax(z) * t,
    ),
    *_mistake(
        "not-normalised",
        "Числа в строке не складываются в единицу. Степень или экспонента даёт веса токенов; чтобы веса стали "
        "вероятностями, нужен ещё один шаг.",
        lambda z, t: _softmax(z) ** (1 / t),
        lambda z, t: _softmax(z) ** t,
        lambda z, t: (z.float() / t).exp(),
        lambda z, t: (z.float() / t - (z.float() / t).amax(dim=-1, keepdim=True)).exp(),
    ),
    *_mistake(
        "over-batch",
        "Похоже, вероятности складываются в единицу не вдоль словаря: тексты батча влияют друг на друга. Подумайте, "
        "между чем выбирает каждая строка, — это и есть ось для softmax.",
        lambda z, t: (z.float() / t).softmax(dim=0),
        _total,
    ),
    *_mistake(
        "softmax-twice",
        "Похоже, softmax взят дважды: распределение получилось почти ровным. Softmax ждёт логиты, а вероятности — это "
        "уже его результат.",
        lambda z, t: _softmax(_softmax(z.float() / t)),
    ),
    *_mistake(
        "of-probs",
        "Похоже, температура применена к вероятностям, а потом взят ещё один softmax. В формуле softmax один, и "
        "на температуру делят то, что стоит под экспонентой.",
        lambda z, t: _softmax(_softmax(z) / t),
        lambda z, t: _softmax(_softmax(z) * t),
    ),
    *_mistake(
        "log-probs",
        "Вернулись логарифмы вероятностей: числа отрицательные. В условии обещаны сами вероятности.",
        lambda z, t: (z.float() / t).log_softmax(dim=-1),
    ),
    *_mistake(
        "no-softmax",
        "Вернулись логиты после деления: среди чисел есть отрицательные, а сумма строки не равна единице. До "
        "вероятностей остался ещё один шаг формулы.",
        lambda z, t: z.float() / t,
    ),
    *_mistake(
        "no-exponent",
        "Похоже, логиты нормированы как есть, без экспоненты: сумма равна единице, но встречаются отрицательные "
        "«вероятности», а температура сокращается. Вспомните, что softmax делает до нормировки.",
        lambda z, t: _naive(z.float() / t),
    ),
    *_mistake(
        "sign",
        "Самым вероятным стал токен с самым маленьким логитом. В физике у энергии под экспонентой стоит минус, "
        "а у логита — нет.",
        lambda z, t: _softmax(-z.float() / t),
    ),
    *_mistake(
        "overflow",
        "На огромных логитах получается NaN: экспонента большого числа — бесконечность, а очень маленького — ноль. "
        "Подумайте, какое число можно вычесть из всей строки логитов, чтобы вероятности не изменились, а экспоненты "
        "остались обозримыми.",
        lambda z, t: _naive((z.float() / t).exp()),
        lambda z, t: _naive((z.double() / t).exp()).float(),
        lambda z, t: _naive((z.float() / t).exp(), 1e-9),
        lambda z, t: _naive((z.float() / t).exp(), 1e-12),
    ),
    *_mistake(
        "largest-of-all",
        "Строка, чьи логиты намного меньше, чем у соседней, превратилась в NaN. Похоже, перед экспонентой вычтен "
        "максимум всего батча, а у каждой строки он свой.",
        _less_the_largest_of_all,
    ),
    *_mistake(
        "half-precision",
        "На логитах половинной точности ответ груб или имеет не тот тип. Половинная точность хранит около трёх верных "
        "цифр, поэтому точность повышают до вычислений, а не после.",
        lambda z, t: (z / t).softmax(dim=-1),
        lambda z, t: (z / t).softmax(dim=-1).float(),
        lambda z, t: (z / t).float().softmax(dim=-1),
    ),
    *_mistake(
        "double",
        "Числа верны, но их тип — двойная точность, а в условии обещана одинарная. Считать можно в любой, важно, "
        "в какой вернуть.",
        lambda z, t: (z.double() / t).softmax(dim=-1),
    ),
    *_mistake(
        "in-place",
        "Функция поделила логиты прямо в том тензоре, который ей дали. Тому, кто её вызвал, они ещё понадобятся: "
        "результат стоит класть в новый тензор.",
        _in_place,
        _less_the_largest_in_place,
    ),
    *_mistake(
        "squeezed",
        "Когда строка в батче одна, её ось пропадает. Батч из одной строки — тоже батч: форма ответа должна совпасть "
        "с формой логитов.",
        lambda z, t: _softmax(z.float() / t).squeeze(),
        lambda z, t: _softmax(z.float() / t).squeeze(0),
        lambda z, t: _softmax(z.float() / t)[0] if len(z) == 1 else _softmax(z.float() / t),
    ),
)

CATALOGUE = Catalogue(TASK, MISCONCEPTIONS, right)
