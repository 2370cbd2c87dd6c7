"""Known mistakes of `top_k_probs(logits[B, V], k) -> probs float32[B, V]`."""

import torch
from torch import Tensor

from grader import reference
from grader.misconceptions.base import Misconception, TensorFunction
from grader.misconceptions.catalogue import Catalogue, forms

TASK = "top_k_probs"
INF = float("inf")


def right(logits: Tensor, k: int) -> Tensor:
    """The right answer, by the reference."""
    return torch.from_numpy(reference.top_k_probs(logits.double().numpy(), k)).float()


def _softmax(logits: Tensor) -> Tensor:
    return logits.float().softmax(dim=-1)


def _best(values: Tensor, k: int, largest: bool = True) -> Tensor:
    """Which entries are among the k largest (or smallest) of their row: bool[B, V]."""
    ids = values.float().topk(min(k, values.shape[-1]), dim=-1, largest=largest).indices
    return torch.zeros(values.shape, dtype=torch.bool).scatter(-1, ids, True)


def _cut(logits: Tensor, kept: Tensor, filler: float = -INF) -> Tensor:
    """Softmax over the kept logits, the others replaced."""
    return _softmax(logits.float().masked_fill(~kept, filler))


def _kth(logits: Tensor, k: int) -> Tensor:
    """The k-th largest logit of every row: [B, 1]."""
    return logits.float().topk(min(k, logits.shape[-1]), dim=-1).values[:, -1:]


def _rows_mixed(logits: Tensor, k: int) -> Tensor:
    kept = torch.zeros(logits.shape, dtype=torch.bool)
    kept[:, _best(logits, k).any(dim=0)] = True
    return _cut(logits, kept)


def _indexed_by_rows(logits: Tensor, k: int) -> Tensor:
    best, ids = logits.float().topk(min(k, logits.shape[-1]), dim=-1)
    filled = torch.full_like(logits.float(), -INF)
    for row_best, row_ids in zip(best, ids, strict=True):
        filled[:, row_ids] = row_best
    return _softmax(filled)


def _of_all(logits: Tensor, count: int) -> Tensor:
    return _cut(logits, _best(logits.flatten()[None], count).view(logits.shape))


def _along_the_batch(logits: Tensor, k: int) -> Tensor:
    ids = logits.float().topk(k, dim=0).indices
    return _cut(logits, torch.zeros(logits.shape, dtype=torch.bool).scatter(0, ids, True))


def _share(logits: Tensor, k: int) -> Tensor:
    return _softmax(logits) * _best(logits, k)


def _distinct(logits: Tensor, k: int) -> Tensor:
    kept = [row >= row.unique().flip(0)[:k][-1] for row in logits.float()]
    return _cut(logits, torch.stack(kept))


def _in_place(logits: Tensor, k: int) -> Tensor:
    logits[~_best(logits, k)] = -INF
    return _softmax(logits)


def _sorted_order(logits: Tensor, k: int) -> Tensor:
    falling = logits.float().sort(dim=-1, descending=True).values
    falling[:, k:] = -INF
    return _softmax(falling)


def _only_kept(logits: Tensor, k: int) -> Tensor:
    return _softmax(logits.float().topk(min(k, logits.shape[-1]), dim=-1).values)


def _clamped_next(logits: Tensor, k: int) -> Tensor:
    falling = logits.float().sort(dim=-1, descending=True).values
    return _cut(logits, logits.float() > falling[:, min(k, logits.shape[-1] - 1)][:, None])


def _mistake(name: str, sentence: str, *imitations: TensorFunction) -> tuple[Misconception, ...]:
    return forms(f"top-k-{name}", TASK, sentence, *imitations)


MISCONCEPTIONS = (
    *_mistake(
        "one-too-many",
        "В каждой строке остаётся на один токен больше, чем нужно. Проверьте границу на маленьком примере: какой "
        "номер по порядку у последнего оставленного токена, если считать с нуля?",
        lambda z, k: _cut(z, _best(z, k + 1)),
    ),
    *_mistake(
        "strict-threshold",
        "Токен, стоящий ровно на границе, отрезан. Подумайте, входит ли сам k-й по величине логит в число лучших k.",
        lambda z, k: _cut(z, z.float() > _kth(z, k)),
    ),
    *_mistake(
        "one-too-few",
        "В каждой строке остаётся на один токен меньше, чем нужно. Проверьте границу на маленьком примере: какой "
        "номер по порядку у последнего оставленного токена, если считать с нуля?",
        lambda z, k: _cut(z, _best(z, max(1, k - 1))),
        lambda z, k: _cut(z, _best(z, k - 1)),
    ),
    *_mistake(
        "smallest",
        "Остались самые маловероятные токены, а лучшие отрезаны. Проверьте, в каком порядке идут числа после "
        "сортировки и с какого её конца вы берёте.",
        lambda z, k: _cut(z, _best(z, k, largest=False)),
        lambda z, k: _cut(z, ~_best(z, k)),
    ),
    *_mistake(
        "filler-zero",
        "Вместо отрезанных логитов стоит ноль, но для softmax ноль — обычный логит, и такой токен остаётся возможным. "
        "Подумайте, при каком логите вероятность становится нулём.",
        lambda z, k: _cut(z, _best(z, k), 0.0),
        lambda z, k: _softmax(z.float() * _best(z, k)),
    ),
    *_mistake(
        "filler-finite",
        "Вместо отрезанных логитов стоит обычное число, и они ещё получают вероятность — заметную или в строке, где "
        "все логиты малы. Подумайте, какой логит меньше любого другого.",
        *(
            lambda z, k, filler=filler: _cut(z, _best(z, k), filler)
            for filler in (-1.0, -10.0, -20.0, -50.0, -99.0, -100.0, -999.0, -1e3, -9999.0, -1e4)
        ),
        lambda z, k: _cut(z, _best(z, k), float(z.min())),
    ),
    *_mistake(
        "normalised-over-batch",
        "Вероятности складываются в единицу по всему батчу, а должны в каждой строке. Каждая строка — отдельный "
        "текст со своим распределением.",
        lambda z, k: _share(z, k) / _share(z, k).sum(),
        lambda z, k: _share(z, k) / _share(z, k).sum(dim=0, keepdim=True),
    ),
    *_mistake(
        "softmax-over-batch",
        "Токены отобраны верно, но softmax взят не вдоль словаря: строки батча влияют друг на друга. Подумайте, между "
        "чем выбирает каждая строка.",
        lambda z, k: z.float().masked_fill(~_best(z, k), -INF).softmax(dim=0),
    ),
    *_mistake(
        "not-renormalised",
        "Оставлены верные токены, но их вероятности не складываются в единицу. То, что досталось отрезанным, нужно "
        "поделить между оставшимися.",
        _share,
    ),
    *_mistake(
        "not-cut",
        "Ненулевая вероятность осталась у всех токенов: отсечение не подействовало. Проверьте, попадает ли результат "
        "отбора в то, что вы возвращаете.",
        lambda z, k: _softmax(z),
    ),
    *_mistake(
        "first-row",
        "Похоже, по первой строке судят обо всех. У каждой строки своё множество лучших токенов и своя граница.",
        lambda z, k: _cut(z, z.float() >= _kth(z, k)[0]),
        lambda z, k: _cut(z, _best(z[:1], k).expand(z.shape)),
    ),
    *_mistake(
        "rows-mixed",
        "Строки перемешались: токен, отобранный в одной строке, остаётся и в других. У каждой строки своё множество "
        "лучших токенов; проверьте, как номера токенов соединяются с номерами строк.",
        _rows_mixed,
        _indexed_by_rows,
    ),
    *_mistake(
        "over-batch",
        "Похоже, лучшие токены выбраны сразу по всему батчу или поперёк него. У каждой строки должно остаться ровно k "
        "своих токенов.",
        lambda z, k: _of_all(z, k * len(z)),
        lambda z, k: _of_all(z, k),
        _along_the_batch,
    ),
    *_mistake(
        "k-above-vocabulary",
        "Когда k больше словаря, код останавливается с ошибкой. В условии сказано, что тогда остаётся весь словарь.",
        lambda z, k: _cut(z, torch.zeros(z.shape, dtype=torch.bool).scatter(1, z.float().topk(k).indices, True)),
        lambda z, k: _cut(z, z.float() >= z.float().sort(dim=-1, descending=True).values[:, k - 1, None]),
    ),
    *_mistake(
        "k-at-vocabulary",
        "Когда k не меньше словаря, отсекать нечего, но последний токен всё-таки теряется (или код останавливается). "
        "Подумайте, с каким логитом сравнивать, если за границей никого нет.",
        _clamped_next,
        lambda z, k: _cut(z, z.float() > z.float().sort(dim=-1, descending=True).values[:, k, None]),
    ),
    *_mistake(
        "distinct-values",
        "Одинаковые логиты сосчитаны как один токен, и токенов осталось больше k. Считать нужно токены, "
        "а не различные значения.",
        _distinct,
    ),
    *_mistake(
        "first-ids",
        "Остались токены с наименьшими номерами, а не с наибольшими логитами. Номер токена в словаре ничего не "
        "говорит о его вероятности.",
        lambda z, k: _cut(z, torch.arange(z.shape[-1]).expand(z.shape) < k),
    ),
    *_mistake(
        "absolute",
        "Отобраны логиты, самые большие по модулю. Большой отрицательный логит означает, что токен почти невозможен.",
        lambda z, k: _cut(z, _best(z.float().abs(), k)),
    ),
    *_mistake(
        "only-kept",
        "Вернулись только оставленные токены: по ним уже не узнать, какой номер у каждого. Ответ должен иметь форму "
        "входа, с нулями у отрезанных.",
        _only_kept,
    ),
    *_mistake(
        "sorted-order",
        "Вероятности верны, но стоят по убыванию, а не на местах своих токенов. После сортировки нужно вернуться "
        "к порядку словаря.",
        _sorted_order,
    ),
    *_mistake(
        "uniform",
        "Все оставленные токены стали равновероятными. Отсечение решает, кто остаётся, а отношения между оставшимися "
        "не меняет.",
        lambda z, k: _best(z, k) / _best(z, k).sum(dim=-1, keepdim=True),
    ),
    *_mistake(
        "softmax-twice",
        "Похоже, softmax взят от вероятностей: различия между оставленными токенами почти исчезли. Softmax ждёт "
        "логиты, а готовые вероятности достаточно поделить на их сумму.",
        lambda z, k: _cut(_softmax(z), _best(z, k)),
        lambda z, k: _cut(_softmax(z), _best(z, k), 0.0),
        lambda z, k: _softmax(_cut(z, _best(z, k))),
    ),
    *_mistake(
        "no-softmax",
        "Вернулись логиты, а не вероятности: среди чисел есть отрицательные или бесконечные. После отбора остался ещё "
        "один шаг формулы.",
        lambda z, k: z.float().masked_fill(~_best(z, k), -INF),
        lambda z, k: z.float() * _best(z, k),
    ),
    *_mistake(
        "half-precision",
        "На логитах половинной точности ответ груб или имеет не тот тип. Половинная точность хранит около трёх верных "
        "цифр, поэтому точность повышают до вычислений, а не после.",
        lambda z, k: z.masked_fill(~_best(z, k), -INF).softmax(dim=-1),
        lambda z, k: z.masked_fill(~_best(z, k), -INF).softmax(dim=-1).float(),
    ),
    *_mistake(
        "double",
        "Числа верны, но их тип — двойная точность, а в условии обещана одинарная. Считать можно в любой, важно, "
        "в какой вернуть.",
        lambda z, k: z.double().masked_fill(~_best(z, k), -INF).softmax(dim=-1),
    ),
    *_mistake(
        "in-place",
        "Отрезанные логиты затёрты прямо в том тензоре, который функции дали. Тому, кто её вызвал, они ещё "
        "понадобятся: результат стоит класть в новый тензор.",
        _in_place,
    ),
    *_mistake(
        "squeezed",
        "Когда строка в батче одна, её ось пропадает. Батч из одной строки — тоже батч: форма ответа должна совпасть "
        "с формой логитов.",
        lambda z, k: _cut(z, _best(z, k)).squeeze(),
    ),
)

CATALOGUE = Catalogue(TASK, MISCONCEPTIONS, right, support=True, by_value=True)
