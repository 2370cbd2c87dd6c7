"""Known mistakes of `nucleus_probs(probs[B, V], p) -> probs float32[B, V]`."""

from collections.abc import Callable

import torch
from torch import Tensor

from grader import reference
from grader.misconceptions.base import Misconception, TensorFunction
from grader.misconceptions.catalogue import Catalogue, forms

TASK = "nucleus_probs"
INF = float("inf")
Rule = Callable[[Tensor, Tensor, float], Tensor]  # (falling probabilities, their cumulative sum, p) -> which stay


def right(probs: Tensor, p: float) -> Tensor:
    """The right answer, by the reference."""
    return torch.from_numpy(reference.nucleus_probs(probs.double().numpy(), p)).float()


def _inside(falling: Tensor, mass: Tensor, p: float) -> Tensor:
    """The right rule."""
    return (mass - falling < p) | (p == 1)


def _kept(probs: Tensor, p: float, rule: Rule = _inside, descending: bool = True) -> tuple[Tensor, Tensor]:
    """What a rule leaves of the sorted rows, and the ids: both [B, V]."""
    ordered, ids = probs.sort(dim=-1, descending=descending)
    return ordered * rule(ordered, ordered.cumsum(dim=-1), p), ids


def _back(values: Tensor, ids: Tensor) -> Tensor:
    """From the sorted order to the order of the vocabulary."""
    return torch.zeros_like(values).scatter(-1, ids, values)


def _shared(kept: Tensor) -> Tensor:
    return kept / kept.sum(dim=-1, keepdim=True)


def _by(rule: Rule, descending: bool = True) -> TensorFunction:
    """A nucleus by another rule."""
    return lambda q, p: _shared(_back(*_kept(q, p, rule, descending)))


def _mask(probs: Tensor, p: float) -> Tensor:
    """Which tokens are in the right nucleus: bool[B, V]."""
    return _back(*_kept(probs, p)) > 0


def _with_best(mask: Tensor) -> Tensor:
    mask = mask.clone()
    mask[:, 0] = True
    return mask


def _with_first_row(mask: Tensor) -> Tensor:
    mask = mask.clone()
    mask[0] = True
    return mask


def _later(outside: Tensor, steps: int = 1) -> Tensor:
    """A mask of what is cut, moved towards the rarer tokens."""
    moved = torch.zeros_like(outside)
    moved[:, steps:] = outside[:, :-steps]
    return moved


def _shifted_along_rows(outside: Tensor) -> Tensor:
    moved = outside.clone()
    moved[1:] = outside[:-1]
    moved[0] = False
    return ~moved


def _unsorted(probs: Tensor, inclusive: bool = False) -> Callable[[float], Tensor]:
    mass = probs.cumsum(dim=-1)
    return lambda p: (mass <= p) if inclusive else (mass - probs < p)


def _rows_mixed(probs: Tensor, p: float) -> Tensor:
    return _shared(probs * _mask(probs, p).all(dim=0))


def _any_row(probs: Tensor, p: float) -> Tensor:
    return _shared(probs * _mask(probs, p).any(dim=0))


def _size_of(choose: Callable[[Tensor], Tensor]) -> TensorFunction:
    def imitate(probs: Tensor, p: float) -> Tensor:
        size = choose(_mask(probs, p).sum(dim=-1))
        return _by(lambda f, c, _: torch.arange(f.shape[-1]).expand(f.shape) < size)(probs, p)

    return imitate


def _of_the_best(candidates: int) -> TensorFunction:
    """A nucleus within so many of the best tokens."""
    return _by(lambda f, c, p: _inside(f, c, p) & (torch.arange(f.shape[-1]) < candidates))


def _along_the_batch(probs: Tensor, p: float) -> Tensor:
    falling, ids = probs.sort(dim=0, descending=True)
    kept = falling * (falling.cumsum(dim=0) - falling < p)
    return _shared(torch.zeros_like(probs).scatter(0, ids, kept))


def _of_all(probs: Tensor, p: float) -> Tensor:
    falling, ids = probs.flatten().sort(descending=True)
    kept = falling * (falling.cumsum(dim=0) - falling < p)
    return _shared(torch.zeros_like(falling).scatter(0, ids, kept).view(probs.shape))


def _in_place(probs: Tensor, p: float) -> Tensor:
    probs[~_mask(probs, p)] = 0
    return _shared(probs)


def _normalised_in_place(probs: Tensor, p: float) -> Tensor:
    probs *= _mask(probs, p)
    probs /= probs.sum(dim=-1, keepdim=True)
    return probs


def _cut(probs: Tensor, mask: Tensor) -> Tensor:
    return _shared(probs * mask)


def _mistake(name: str, sentence: str, *imitations: TensorFunction) -> tuple[Misconception, ...]:
    return forms(f"nucleus-{name}", TASK, sentence, *imitations)


MISCONCEPTIONS = (
    *_mistake(
        "exclusive",
        "Токен, на котором накопленная масса переходит через p, выброшен, и масса ядра оказалась меньше p. Токен "
        "судят по тому, сколько набралось до него, а не вместе с ним.",
        _by(lambda f, c, p: _with_best(c <= p)),
        _by(lambda f, c, p: _with_best(c < p)),
    ),
    *_mistake(
        "empty",
        "Если самый вероятный токен один весит больше p, ядро оказывается пустым. В ядре всегда есть хотя бы один "
        "токен: масса перед самым первым равна нулю.",
        _by(lambda f, c, p: c <= p),
        _by(lambda f, c, p: c < p),
        lambda q, p: (kept := _back(*_kept(q, p, lambda f, c, p: c <= p))) / (kept.sum(-1, keepdim=True) + 1e-9),
        lambda q, p: (kept := _back(*_kept(q, p, lambda f, c, p: c < p))) / (kept.sum(-1, keepdim=True) + 1e-9),
    ),
    *_mistake(
        "one-too-many",
        "В ядре на один токен больше, чем нужно: за токеном, на котором масса перешла через p, остался ещё следующий. "
        "Проверьте на примере из условия, сколько токенов остаётся.",
        _by(lambda f, c, p: ~_later(_later(c >= p)) if f.shape[-1] > 1 else c > -1),
        _by(lambda f, c, p: ~_later(_later(c >= p)) | (p == 1)),
    ),
    *_mistake(
        "ascending",
        "Масса накапливается с самых редких токенов. В определении токены расставлены по убыванию вероятности — "
        "проверьте, в каком порядке сортируете вы.",
        _by(lambda f, c, p: c - f < p, descending=False),
        _by(lambda f, c, p: c <= p, descending=False),
        _by(lambda f, c, p: _with_best(c <= p), descending=False),
        _by(lambda f, c, p: c < p, descending=False),
    ),
    *_mistake(
        "sorted-mask",
        "Отметки «оставить» посчитаны для отсортированной строки, а приложены к исходной. Проследите, какому токену "
        "принадлежит каждая отметка.",
        lambda q, p: _cut(q, _kept(q, p)[0] > 0),
    ),
    *_mistake(
        "sorted-order",
        "Вероятности верны, но стоят по убыванию, а не на местах своих токенов. После сортировки нужно вернуться "
        "к порядку словаря.",
        lambda q, p: _shared(_kept(q, p)[0]),
    ),
    *_mistake(
        "wrong-permutation",
        "Возвращаясь к порядку словаря, код переставляет токены не той перестановкой. Номера из сортировки говорят, "
        "откуда число взято, а обратный путь отвечает на вопрос, куда его положить.",
        lambda q, p: _shared(_kept(q, p)[0].gather(-1, _kept(q, p)[1])),
        lambda q, p: _cut(q, (_kept(q, p)[0] > 0).gather(-1, _kept(q, p)[1])),
        lambda q, p: _cut(q.sort(dim=-1, descending=True).values, _mask(q, p)),
    ),
    *_mistake(
        "first-row-guarded",
        "Похоже, оговорка про самый вероятный токен досталась первой строке батча, а не первому токену каждой строки. "
        "Проверьте, какая ось за что отвечает.",
        _by(lambda f, c, p: _with_first_row(c <= p)),
        _by(lambda f, c, p: _with_first_row(c < p)),
        _by(lambda f, c, p: _shifted_along_rows(c > p)),
        _by(lambda f, c, p: _shifted_along_rows(c >= p)),
    ),
    *_mistake(
        "best-removed",
        "Из ядра выпал самый вероятный токен. При сдвиге отметок на его место попала чужая; подумайте, что должно "
        "стоять в самом начале.",
        _by(lambda f, c, p: ~(c > p).roll(1, -1)),
        _by(lambda f, c, p: ~(c >= p).roll(1, -1)),
        _by(lambda f, c, p: _inside(f, c, p) & (torch.arange(f.shape[-1]) > 0)),
    ),
    *_mistake(
        "normalised-over-batch",
        "Вероятности складываются в единицу по всему батчу, а должны в каждой строке. Каждая строка — отдельный "
        "текст со своим ядром.",
        lambda q, p: (kept := _back(*_kept(q, p))) / kept.sum(),
        lambda q, p: (kept := _back(*_kept(q, p))) / kept.sum(dim=0, keepdim=True),
    ),
    *_mistake(
        "not-renormalised",
        "Ядро выбрано верно, но вероятности в нём не складываются в единицу. То, что досталось отрезанным, нужно "
        "поделить между оставшимися.",
        lambda q, p: _back(*_kept(q, p)),
    ),
    *_mistake(
        "not-cut",
        "Вернулись те же вероятности, что и пришли: отсечение не подействовало. Проверьте, попадает ли результат "
        "отбора в то, что вы возвращаете.",
        lambda q, p: q.clone(),
        lambda q, p: q,
    ),
    *_mistake(
        "tail-mass",
        "Похоже, p понята как масса, которую отрезают. По определению p — это масса, которую набирают в ядро.",
        _by(lambda f, c, p: _with_best(c - f < 1 - p)),
        _by(lambda f, c, p: c - f < 1 - p),
        _by(lambda f, c, p: _with_best(c <= 1 - p)),
        _by(lambda f, c, p: c <= 1 - p),
    ),
    *_mistake(
        "threshold",
        "Похоже, с порогом сравнивается вероятность отдельного токена. В определении с порогом сравнивают массу — "
        "сумму вероятностей всех токенов перед ним.",
        lambda q, p: _cut(q, q >= p),
        _by(lambda f, c, p: _with_best(f >= p)),
        lambda q, p: _cut(q, q >= 1 - p),
        _by(lambda f, c, p: _with_best(f >= 1 - p)),
        lambda q, p: _cut(q, q <= p),
    ),
    *_mistake(
        "share-of-best",
        "Похоже, каждый токен сравнивается с долей от вероятности самого вероятного. Это другое правило отсечения "
        "(min-p): nucleus смотрит на массу, накопленную перед токеном.",
        lambda q, p: _cut(q, q >= p * q.amax(dim=-1, keepdim=True)),
        lambda q, p: _cut(q, q >= (1 - p) * q.amax(dim=-1, keepdim=True)),
    ),
    *_mistake(
        "unsorted",
        "Масса накапливается в том порядке, в котором токены стоят в словаре. По определению сначала идут самые "
        "вероятные.",
        lambda q, p: _cut(q, _unsorted(q)(p)),
        lambda q, p: _cut(q, _unsorted(q, inclusive=True)(p)),
    ),
    *_mistake(
        "tail-kept",
        "Остались токены за пределами ядра, а само ядро отрезано. Проверьте, что именно означает ваша отметка: "
        "«оставить» или «убрать».",
        _by(lambda f, c, p: ~_inside(f, c, p)),
        _by(lambda f, c, p: c > p),
        _by(lambda f, c, p: c >= p),
    ),
    *_mistake(
        "one-size",
        "Похоже, ядра всех строк одного размера. Сколько токенов остаётся, каждая строка решает сама: у уверенной их "
        "мало, у неуверенной много.",
        _size_of(lambda sizes: sizes[0]),
        _size_of(lambda sizes: sizes.max()),
        _size_of(lambda sizes: sizes.min()),
    ),
    *_mistake(
        "rows-mixed",
        "Строки перемешались: токен, отмеченный в одной строке, отмечен и во всех других. Проверьте, как номера "
        "токенов соединяются с номерами строк.",
        _rows_mixed,
        _any_row,
    ),
    *_mistake(
        "over-batch",
        "Похоже, токены сортируются или масса накапливается не вдоль словаря, а поперёк батча. Каждая строка — "
        "отдельный текст со своим ядром.",
        _along_the_batch,
        _of_all,
        _by(lambda f, c, p: f.cumsum(dim=0) - f < p),
        _by(lambda f, c, p: f.cumsum(dim=0) <= p),
    ),
    *_mistake(
        "few-candidates",
        "В ядре не больше токенов, чем код готов рассмотреть, а у неуверенной строки их бывают сотни. Сколько токенов "
        "наберут массу p, заранее не знает никто.",
        *map(_of_the_best, (5, 8, 10, 12, 16, 20, 25, 30, 32, 40, 50, 64, 100, 128)),
    ),
    *_mistake(
        "half-precision",
        "Масса накапливается в половинной точности. У каждого слагаемого в ней всего две-три верные цифры, и на сотнях "
        "токенов ошибка становится больше, чем вероятность токена.",
        _by(lambda f, c, p: _inside(f.bfloat16(), f.bfloat16().cumsum(dim=-1), p)),
        _by(lambda f, c, p: _inside(f, f.bfloat16().cumsum(dim=-1).float(), p)),
        _by(lambda f, c, p: _inside(f, f.bfloat16().float().cumsum(dim=-1), p)),
        lambda q, p: right(q.bfloat16(), p),
        lambda q, p: _by(_inside)(q.bfloat16(), p),
        lambda q, p: _by(_inside)(q.bfloat16(), p).float(),
        lambda q, p: _cut(q, _mask(q.bfloat16(), p)),
    ),
    *_mistake(
        "softmax-first",
        "Похоже, от входа взят softmax, хотя это уже вероятности, и они стали почти равными. Посмотрите в условии, "
        "что функция получает.",
        lambda q, p: right(q.softmax(dim=-1), p),
    ),
    *_mistake(
        "softmax-again",
        "Ядро выбрано верно, но вместо деления на сумму взят softmax, и отношения между вероятностями изменились. "
        "Подумайте, что делает с числами экспонента.",
        lambda q, p: q.masked_fill(~_mask(q, p), -INF).softmax(dim=-1),
        lambda q, p: (q * _mask(q, p)).softmax(dim=-1),
        lambda q, p: right(q, p).softmax(dim=-1),
    ),
    *_mistake(
        "uniform",
        "Все токены ядра стали равновероятными. Отсечение решает, кто остаётся, а отношения между оставшимися "
        "не меняет.",
        lambda q, p: _shared(_mask(q, p).float()),
    ),
    *_mistake(
        "mask",
        "Вернулись отметки, какие токены остаются, а не их вероятности. От отметок до ответа ещё два шага.",
        lambda q, p: _mask(q, p),
        lambda q, p: _mask(q, p).float(),
    ),
    *_mistake(
        "double",
        "Числа верны, но их тип — двойная точность, а в условии обещана одинарная. Считать можно в любой, важно, "
        "в какой вернуть.",
        lambda q, p: _cut(q.double(), _mask(q, p)),
    ),
    *_mistake(
        "in-place",
        "Функция изменила вероятности прямо в том тензоре, который ей дали. Тому, кто её вызвал, они ещё понадобятся: "
        "результат стоит класть в новый тензор.",
        _in_place,
        _normalised_in_place,
    ),
    *_mistake(
        "squeezed",
        "Когда строка в батче одна, её ось пропадает. Батч из одной строки — тоже батч: форма ответа должна совпасть "
        "с формой входа.",
        lambda q, p: _cut(q, _mask(q, p)).squeeze(),
    ),
)

CATALOGUE = Catalogue(TASK, MISCONCEPTIONS, right, support=True, by_value=True)
