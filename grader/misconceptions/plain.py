"""What can be said of an answer without knowing the mistake: it stops, returns nothing, has another shape ..."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.misconceptions.base import Raised
from grader.misconceptions.comparing import Comparison, Level, Outcome


@dataclass(frozen=True)
class Diagnosis:
    """A mistake by its name, and the Russian sentence about it for the student."""

    name: str
    sentence: str


Seen = tuple[Comparison, Outcome, Outcome, Any]  # how to compare, the right outcome, the student's, as it was observed

FATAL = ("no-return", "raises-error", "wrong-device", "wrong-type", "wrong-shape")
"""Named even if values are wrong as well: without it there are no values to speak of."""

SENTENCES = {
    "not-answered": "Здесь пока нет ответа. Начните с самого маленького примера из условия и посчитайте его на бумаге.",
    "no-return": "Функция ничего не вернула. Посчитать ответ мало: его нужно отдать тому, кто её вызвал.",
    "wrong-device": "Ответ лежит не на том устройстве, что вход. Новые тензоры стоит создавать там же, где данные.",
    "wrong-type": "Вернулось не то, что обещано в условии. Посмотрите, какие типы названы в описании функции.",
    "wrong-shape": "У ответа не та форма. Проследите, какие оси есть у тензора после каждого шага.",
    "not-finite": "В ответе есть NaN или бесконечность. Подумайте, на каком входе и на каком шаге появляется "
    "деление нуля на ноль, логарифм нуля или слишком большая экспонента.",
    "wrong-dtype": "Числа верны, но тип у них не тот, что в условии. Узнайте тип входа и тип ответа на каждом шаге.",
    "input-changed": "Ответ верен, но вход после вызова уже не тот. Он ещё понадобится тому, кто его передал.",
}

BY_NAME = "Проверка ищет ответ по имени, которое дано в условии."
MOST_NAMES, LONGEST_NAME = 3, 60


def plain_diagnosis(seen: list[Seen]) -> Diagnosis | None:
    """What is plain to see of an answer, if that is the whole matter or the heart of it; None otherwise."""
    if any(isinstance(raw, Raised) and raw.type_name == "NotImplementedError" for *_, raw in seen):
        return Diagnosis("not-answered", SENTENCES["not-answered"])
    wrong = [(name, raw) for compare, right, outcome, raw in seen if (name := _about(compare, right, outcome))]
    names = Counter(name for name, _ in wrong)
    if not names:
        return None
    name = max(names, key=lambda one: (names[one], one != "value"))
    plain = name != "value" and ("value" not in names or (name in FATAL and 2 * names[name] >= len(seen)))
    if not plain:
        return None
    if name == "raises-error":
        return Diagnosis(name, _about_errors([raw for one, raw in wrong if one == name], len(seen)))
    return Diagnosis(name, SENTENCES[name])


def not_defined(task: str, names: set[str]) -> Diagnosis:
    """What is said of a cell that has run and gives no answer of the task's name; `names`: what it does define."""
    what = "класса" if task == "Sampler" else "функции"
    others = ", ".join(name[:LONGEST_NAME] for name in sorted(names - {task})[:MOST_NAMES])
    instead = f", а есть {others}" if others else ""
    return Diagnosis("not-defined", f"В ячейке нет {what} с именем {task}{instead}. {BY_NAME}")


def _about(compare: Comparison, right: Outcome, seen: Outcome) -> str | None:
    """What is wrong with one outcome, by the name of a diagnosis; "value" for wrong values, None if it is right."""
    if compare.alike(right, seen):
        return None
    if seen.kind == "raised":
        return "raises-error" if seen.type_name else "wrong-device"
    if right.kind == "raised":
        return "value"
    if seen.kind == "other" and seen.type_name == "NoneType":
        return "no-return"
    pairs = _pairs(right, seen)
    if pairs is None:
        return "wrong-type"
    if any(one.numbers.shape != other.numbers.shape for one, other in pairs):
        return "wrong-shape"
    if any(np.isfinite(one.numbers).all() and not np.isfinite(other.numbers).all() for one, other in pairs):
        return "not-finite"
    values = Comparison(compare.tolerance, Level.VALUES, compare.key, compare.support, compare.form_only, compare.half)
    if not values.alike(right, seen):
        return "value"
    return "input-changed" if seen.changed and not right.changed else "wrong-dtype"


def _pairs(right: Outcome, seen: Outcome) -> list[tuple[Outcome, Outcome]] | None:
    """The numbers of the right outcome beside the student's; None if theirs are of another type."""
    if right.kind == "parts":
        if seen.kind != "parts" or len(seen.parts) != len(right.parts):
            return None
        inner = [_pairs(one, other) for one, other in zip(right.parts, seen.parts, strict=True)]
        return None if any(pairs is None for pairs in inner) else [pair for pairs in inner for pair in pairs]
    if right.kind != "numbers":
        return []  # left open
    if seen.kind != "numbers" or (right.dtype is None) != (seen.dtype is None):
        return None
    return [(right, seen)]


def _about_errors(raised: list[Raised], calls: int) -> str:
    """The sentence about exceptions: the most frequent one."""
    (type_name, message), _ = Counter((one.type_name, one.message) for one in raised).most_common(1)[0]
    where = "Код останавливается" if len(raised) == calls else "На некоторых входах код останавливается"
    said = " ".join(message.split())[:200]
    about = f"{type_name}: {said}" if said else type_name
    return f"{where} с ошибкой «{about}». Найдите в ней строку и проверьте, что лежит в каждой переменной."
