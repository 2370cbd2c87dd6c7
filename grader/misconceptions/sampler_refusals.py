"""Known mistakes of `Sampler` in what it refuses."""

from collections.abc import Collection

from grader.misconceptions.base import Misconception
from grader.misconceptions.catalogue import forms
from grader.misconceptions.sampler_steps import LOGITS_OWED, OWED, ROWS_OWED, SETTINGS_OWED, Outcome, sampler


def _known(name: str, sentence: str, *imitations: Outcome) -> tuple[Misconception, ...]:
    return forms(f"sampler-errors-{name}", "Sampler", sentence, *imitations)


def _unrefused(name: str, sentence: str, *missing: Collection[str]) -> tuple[Misconception, ...]:
    """These kinds of trouble are let through; see `OWED`."""
    return _known(name, sentence, *(sampler(lenient=kinds) for kinds in missing))


TEMPS = ("temp too low", "temp infinite", "temp NaN")
KS = ("k missing", "k too low")
IN_GREEDY = (OWED, OWED.keys() - {"prob_mode"}, LOGITS_OWED, ROWS_OWED, TEMPS, KS, (*TEMPS, *KS)) + tuple(
    (*settings, *logits) for settings in (TEMPS, (*TEMPS, *KS)) for logits in (LOGITS_OWED, ROWS_OWED)
)
"""What is let through in greedy settings only; an unknown `sample_mode` is none."""

REFUSED = (
    *_known(
        "class",
        "Негодные настройки и логиты замечены, но исключение не того класса: по условию нужно ValueError. Assert для "
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
    *_known(
        "greedy",
        "При жадном выборе Sampler соглашается на негодные настройки или логиты, хотя в других режимах их отвергает. "
        "Таблица из условия исключений не делает.",
        *(sampler(lenient_if_greedy=kinds) for kinds in IN_GREEDY),
    ),
    *_unrefused(
        "missing",
        "Режиму topk нужно k, режиму nucleus — p, а Sampler соглашается работать и без них. Если они не заданы, это "
        "тоже ValueError.",
        ("k missing", "p missing"),
        ("k missing",),
        ("p missing",),
    ),
    *_unrefused(
        "k",
        "Sampler соглашается на k < 1: тогда выбирать не из чего.",
        ("k too low",),
        ("k too low", "k missing"),
    ),
    *_unrefused(
        "p",
        "Порог p лежит в (0, 1], а Sampler соглашается и на другие значения.",
        *(
            (*some, *more)
            for some in (("p too low", "p too high"), ("p too high",), ("p too low",), ("p NaN",))
            for more in ((), ("p NaN",), ("p missing",), ("p NaN", "p missing"))
        ),
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
