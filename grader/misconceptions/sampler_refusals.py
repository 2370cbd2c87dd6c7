"""Known mistakes of `Sampler` in what it refuses."""

from collections.abc import Collection

from grader.misconceptions.base import Misconception
from grader.misconceptions.catalogue import forms
from grader.misconceptions.sampler_steps import LOGITS_OWED, OWED, SETTINGS_OWED, Outcome, sampler


def _known(name: str, sentence: str, *imitations: Outcome) -> tuple[Misconception, ...]:
    return forms(f"sampler-errors-{name}", "Sampler", sentence, *imitations)


def _unrefused(name: str, sentence: str, *missing: Collection[str]) -> tuple[Misconception, ...]:
    """These kinds of trouble are let through; see `OWED`."""
    return _known(name, sentence, *(sampler(lenient=kinds) for kinds in missing))


REFUSED = (
    *_known(
        "class",
        "Негодные настройки и логиты замечены, но исключение не того класса: по условию нужна ValueError. Assert для "
        "этого не годится, его можно выключить.",
        *(sampler(refusal=refusal) for refusal in (AssertionError, TypeError, RuntimeError, KeyError, Exception)),
    ),
    *_unrefused(
        "none",
        "Sampler соглашается на всё. Если так работать нельзя, он должен сказать об этом сразу: ValueError с именем "
        "аргумента и его значением.",
        OWED,
    ),
    *_unrefused(
        "settings",
        "Негодные настройки не отвергаются. Пройдите по таблице из условия: для temp, k, p и обоих режимов нужна "
        "ValueError.",
        SETTINGS_OWED,
        SETTINGS_OWED - {"prob_mode", "sample_mode"},
    ),
    *_unrefused(
        "logits",
        "Негодные логиты не отвергаются. Sampler должен проверить, что тензор двумерный и что в каждой строке есть из "
        "чего выбирать.",
        LOGITS_OWED,
    ),
    *_unrefused(
        "temp",
        "Температура T ≤ 0 смысла не имеет, а Sampler на неё соглашается.",
        ("temp too low", "temp infinite", "temp NaN"),
        ("temp too low",),
        ("temp too low", "temp NaN"),
        ("temp too low", "temp infinite"),
    ),
    *_unrefused(
        "temp-infinite",
        "Отрицательная температура отвергается, но есть ещё бесконечность и NaN: конечным числом они не являются.",
        ("temp infinite", "temp NaN"),
        ("temp infinite",),
        ("temp NaN",),
    ),
    *_unrefused("k", "Sampler соглашается на k < 1: тогда выбирать не из чего.", ("k",)),
    *_unrefused(
        "p",
        "Порог p лежит в (0, 1], а Sampler соглашается и на другие значения.",
        ("p too low", "p too high"),
        ("p too high",),
        ("p too low",),
    ),
    *_unrefused(
        "modes",
        "Опечатка в названии режима остаётся незамеченной. Неизвестный режим — это ValueError.",
        ("prob_mode", "sample_mode"),
        ("prob_mode",),
        ("sample_mode",),
    ),
    *_unrefused(
        "dimensions",
        "Логиты должны быть двумерными, [B, V], а Sampler соглашается и на другое число осей.",
        ("too few dimensions", "too many dimensions"),
        ("too few dimensions",),
        ("too many dimensions",),
    ),
    *_unrefused(
        "rows",
        "Строка с NaN или без единого конечного числа не задаёт распределения, а Sampler соглашается выбирать и из "
        "неё.",
        ("NaN", "nothing finite"),
        ("NaN", "+inf", "nothing finite"),
        ("NaN",),
        ("nothing finite",),
        ("NaN", "+inf"),
        ("+inf", "nothing finite"),
        ("+inf",),
    ),
)
