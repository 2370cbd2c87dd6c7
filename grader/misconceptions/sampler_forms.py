"""Known mistakes of `Sampler` in the form of what it returns, and in what it does to its input."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from grader.misconceptions.base import Misconception
from grader.misconceptions.catalogue import forms
from grader.misconceptions.comparing import HALVES, ByToken, FormOnly
from grader.misconceptions.sampler_steps import (
    Outcome,
    Settings,
    changed_tokens,
    heated,
    logs,
    right,
    sampler,
    troubles,
)


def any_tokens(tokens: Any) -> FormOnly:
    """Tokens of which only type, shape and dtype count."""
    return tokens if isinstance(tokens, FormOnly) else FormOnly(tokens)


def surprisal() -> list[Outcome]:
    """-ln p of the token drawn: of the right distribution, and of the one before the cuts."""

    def of(distribution: Callable[..., np.ndarray]) -> Outcome:
        plain = sampler()

        def outcome(settings: Settings, logits: Tensor) -> Any:
            made = plain(settings, logits)
            if settings["sample_mode"] == "greedy" or troubles(settings, logits):
                return made
            table = -logs(distribution(logits.double().numpy(), **settings))
            return made[0], ByToken(torch.from_numpy(table).float())

        return outcome

    return [of(right), of(lambda rows, **settings: heated(rows, settings["temp"]))]


def _tokens(change: Callable[[Tensor], Any], only: str | None = None) -> Outcome:
    """Right but for what `change` does to the tokens; `only` in "greedy" or in "drawn" modes."""
    changed = changed_tokens(change)

    def form(tokens: Any, entropies: Tensor, settings: Settings) -> Any:
        return (changed(tokens) if _applies(only, settings) else tokens), entropies

    return sampler(form=form)


def _entropy(change: Callable[[Tensor], Any], only: str | None = None) -> Outcome:
    """The same for the entropies."""

    def form(tokens: Any, entropies: Tensor, settings: Settings) -> Any:
        return tokens, change(entropies) if _applies(only, settings) else entropies

    return sampler(form=form)


def _both(change: Callable[[Tensor], Any], only: str | None = None) -> Outcome:
    """The same for both."""
    changed = changed_tokens(change)

    def form(tokens: Any, entropies: Tensor, settings: Settings) -> Any:
        return (changed(tokens), change(entropies)) if _applies(only, settings) else (tokens, entropies)

    return sampler(form=form)


def _applies(only: str | None, settings: Settings) -> bool:
    return only is None or (only == "greedy") == (settings["sample_mode"] == "greedy")


def _in_place(floats_only: bool, greedy_too: bool) -> Outcome:
    """The logits themselves are divided by T."""
    plain = sampler()

    def outcome(settings: Settings, logits: Tensor) -> Any:
        made = plain(settings, logits.clone())
        refused = bool(troubles(settings, logits))
        spared = (floats_only and logits.dtype in HALVES) or (settings["sample_mode"] == "greedy" and not greedy_too)
        if not refused and not spared:
            logits /= settings["temp"]
        return made

    return outcome


def _half(back_to_float: bool) -> Outcome:
    """Logits of half precision are never made float32."""
    plain = sampler()

    def outcome(settings: Settings, logits: Tensor) -> Any:
        made = plain(settings, logits)
        if logits.dtype not in HALVES or troubles(settings, logits) or settings["sample_mode"] == "greedy":
            return made
        probs = (logits / settings["temp"]).softmax(dim=-1)
        kept = torch.from_numpy(right(logits.double().numpy(), **settings) > 0)
        probs = probs * kept
        probs = probs / probs.sum(dim=-1, keepdim=True)
        entropies = -torch.where(kept, probs * probs.log(), 0).sum(dim=-1)
        return made[0], entropies.float() if back_to_float else entropies

    return outcome


def _overflowing(raises: bool) -> Outcome:
    """exp of the logits as they are: inf / inf and 0 / 0."""
    plain = sampler()

    def outcome(settings: Settings, logits: Tensor) -> Any:
        made = plain(settings, logits)
        if settings["sample_mode"] == "greedy" or troubles(settings, logits):
            return made
        total = (logits.float() / settings["temp"]).exp().sum(dim=-1)
        bad = total.isinf() | (total == 0)
        if bad.any() and raises:
            raise RuntimeError("probability tensor contains inf, nan or element < 0")
        return made[0], made[1].masked_fill(bad, np.nan)

    return outcome


def _known(name: str, sentence: str, *imitations: Outcome) -> tuple[Misconception, ...]:
    return forms(f"sampler-{name}", "Sampler", sentence, *imitations)


PLACES = (None, "drawn", "greedy")

RETURNED = (
    *_known(
        "tokens-only",
        "Возвращаются одни токены, а нужна пара: токены и энтропия.",
        sampler(form=lambda tokens, entropies, _: tokens),
    ),
    *_known(
        "pair-swapped",
        "В паре перепутан порядок: сначала токены, потом энтропия.",
        sampler(form=lambda tokens, entropies, _: (entropies, tokens)),
    ),
    *_known(
        "squeezed",
        "Пока строк несколько, всё верно, а батч из одной строки теряет ось: squeeze без номера убирает все оси длины "
        "1.",
        *(make(torch.squeeze, only) for make in (_both, _tokens, _entropy) for only in PLACES),
    ),
    *_known(
        "column",
        "У ответа лишняя ось: нужна форма [B], по одному числу на строку, а получилась [B, 1].",
        *(make(lambda one: one[:, None], only) for make in (_tokens, _both, _entropy) for only in PLACES),
    ),
    *_known(
        "entropy-mean",
        "Вернулась одна энтропия на весь батч, а нужна своя для каждой строки: тексты друг от друга не зависят.",
        *(
            _entropy(change, only)
            for change in (
                torch.mean,
                lambda one: one.mean().item(),
                lambda one: one.mean().reshape(1),
                lambda one: one.mean().expand(len(one)),
                torch.sum,
                lambda one: one.sum().item(),
            )
            for only in (None, "drawn")
        ),
    ),
    *_known(
        "greedy-entropy-form",
        "В жадном режиме энтропия — тоже тензор float32 формы [B], по нулю на строку.",
        *(
            _entropy(change, "greedy")
            for change in (
                lambda one: 0.0,
                lambda one: 0,
                lambda one: torch.tensor(0.0),
                lambda one: torch.zeros(1),
                lambda one: torch.zeros(len(one), dtype=torch.int64),
            )
        ),
    ),
    *_known(
        "entropy-double",
        "Энтропия верна, но тип у неё float64, а нужен float32.",
        *(_entropy(torch.Tensor.double, only) for only in PLACES),
    ),
    *_known(
        "tokens-dtype",
        "Токены верны, но тип номеров должен быть int64.",
        *(_tokens(change, only) for change in (torch.Tensor.int, torch.Tensor.float) for only in PLACES),
    ),
    *_known(
        "lists",
        "Вернулись списки Python, а нужны тензоры.",
        *(make(torch.Tensor.tolist, only) for make in (_both, _tokens, _entropy) for only in (None, "drawn")),
    ),
    *_known(
        "in-place",
        "Логиты после вызова уже не те. Они ещё понадобятся тому, кто их передал, поэтому делить нужно не их самих.",
        *(_in_place(floats, greedy) for floats in (False, True) for greedy in (False, True)),
    ),
    *_known(
        "half",
        "Логиты половинной точности так и считаются в половинной точности, и сумма экспонент теряет знаки. Сначала "
        "float32, потом вычисления.",
        _half(False),
        _half(True),
    ),
    *_known(
        "overflow",
        "На больших логитах экспонента переполняется, и получается NaN. Что можно вычесть из всех логитов строки, "
        "чтобы вероятности не изменились?",
        _overflowing(True),
        _overflowing(False),
    ),
)
