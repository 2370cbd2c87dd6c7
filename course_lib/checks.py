"""Visible checks of the homework: one function per task, a few public examples, and a hint where something is off.

Each check prints "✓ ..." if all is well. Otherwise it shows a small picture of what came beside what was expected and
raises `CheckFailed`, an AssertionError with one Russian sentence that points at the idea. An exception of the answer
itself comes through, cut down to the student's own lines. Passing here is not the mark: that comes from other examples.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_lib import check_examples as examples
from course_lib.check_draws import check_certain, check_frequencies, check_lots, draw_rows, fits
from course_lib.check_exact import ask, check_exact, form_hint
from course_lib.check_failures import CheckFailed, checking
from course_lib.check_hints import hint
from course_lib.check_mistakes import known_mistakes, looks_like, right_outcomes, tables
from course_lib.check_pictures import Panel, Picture, Texts
from course_lib.expect import default_device, is_pair, seed_everything
from course_lib.tapes import Tape, TapeModel, TapeSampler, check_loop

ROWS, SAMPLER_ROWS = 20_000, 4_000
NO_PROBABILITIES = "probability tensor contains"  # what torch.multinomial says
TAPE_WORDS = {1: "начало", 2: "конец", 4: "кот", 5: "пил", 6: "чай", 7: "сбой"}
NOT_YET = "○ бонус ещё не решён, это ни на что не влияет"


@checking
def check_temperature_probs(function: Callable) -> None:
    """Task 1: logits[B, V], temp -> probs float32[B, V]."""
    check_exact("temperature_probs", function)
    _done("температура двигает вероятности туда, куда нужно")


@checking
def check_top_k_probs(function: Callable) -> None:
    """Task 2: logits[B, V], k -> probs float32[B, V]."""
    check_exact("top_k_probs", function)
    _done("остаются ровно k лучших токенов, и вместе они весят единицу")


@checking
def check_nucleus_probs(function: Callable) -> None:
    """Task 3: probs[B, V], p -> probs float32[B, V]."""
    check_exact("nucleus_probs", function)
    _done("в ядре ровно те токены, что нужны")


@checking
def check_entropy(function: Callable) -> None:
    """Task 4: probs[B, V] -> entropy float32[B], nats."""
    check_exact("entropy", function)
    _done("энтропия в натах, по числу на строку")


@checking
def check_draw(function: Callable) -> None:
    """Task 5: probs[B, V] -> tokens int64[B]."""
    right, device = examples.DRAWN, default_device()

    def tokens(probs: Tensor) -> Tensor:
        return _asked_tokens("draw", function, probs)

    tokens(torch.tensor([right], device=device))
    seed_everything(None)
    drawn = draw_rows(tokens, right, right, ROWS, device)
    check_certain("draw", tokens, len(right), device)
    check_lots("draw", "draw", tokens, torch.tensor(right, device=device), right)
    check_frequencies("draw", "draw", 0, drawn, "доля жребиев, в которых выпал токен")
    _done("токены выпадают так часто, как велят вероятности")


@checking
def check_sampler(cls: type) -> None:
    """Task 6: class Sampler with .sample(logits[B, V]) -> (tokens int64[B], entropy float32[B])."""
    check_exact(
        "Sampler", lambda settings, logits: _sample(cls, settings, logits), lambda names: _told_apart(cls, names)
    )
    seed_everything(None)
    for number, settings in enumerate(examples.SAMPLER_DRAWN):
        _check_sampler_draws(cls, number, settings)
    _check_refusals(cls)
    _done("все режимы Sampler работают")


@checking
def check_generate(function: Callable) -> None:
    """Task 7: generate(model, sampler, n_samples, start_id, end_id, max_length) -> (ids, mean entropy)."""
    tape = Tape(
        tokens=((4, 6, 2, 5, 5, 5), (5, 2, 4, 4, 6, 6), (6, 4, 5, 4, 2, 5)),
        entropies=((1.0, 2.0, 0.5, 9.0, 9.0, 9.0), (0.5, 0.25, 9.0, 9.0, 9.0, 9.0), (3.0, 1.5, 1.0, 2.0, 0.5, 9.0)),
        vocab_size=8,
        start_id=1,
        end_id=2,
    )
    for rows, max_length in ((3, 20), (1, 20), (3, 4)):
        part = Tape(tape.tokens[:rows], tape.entropies[:rows], tape.vocab_size, tape.start_id, tape.end_id)
        model = TapeModel(part, default_device())
        seen = ask(function, model, TapeSampler(), rows, part.start_id, part.end_id, max_length)
        if seen.error is not None:
            _explain_loop_error(seen.error)
        try:
            check_loop(seen.value, part, model, max_length)
        except AssertionError as complaint:
            raise CheckFailed(str(complaint), _loop_picture(seen.value, part, max_length)) from None
    _done("generate помнит прошлое, вовремя останавливается и честно считает энтропию")


@checking
def check_min_p_probs(function: Callable) -> None:
    """Bonus: probs[B, V], min_p -> probs float32[B, V]. Says so and passes if it is not written yet."""
    _check_bonus("min_p_probs", function, "порог min-p у каждой строки свой, и отсекается ровно то, что ниже него")


@checking
def check_typical_probs(function: Callable) -> None:
    """Bonus: probs[B, V], tau -> probs float32[B, V]. Says so and passes if it is not written yet."""
    _check_bonus("typical_probs", function, "остаются самые типичные токены, не только самые вероятные")


@checking
def check_repetition_penalty(function: Callable) -> None:
    """Bonus: logits[B, V], ids[B, L], penalty -> logits float32[B, V]. Says so and passes if it is not written yet."""
    _check_bonus("repetition_penalty", function, "повторы становятся менее вероятными, остальное не тронуто")


def _check_bonus(task: str, function: Callable, praise: str) -> None:
    try:
        check_exact(task, function)
    except NotImplementedError:
        print(NOT_YET)
        return
    _done(praise)


def _done(text: str) -> None:
    print(f"✓ {text}")


def _asked_tokens(title: str, function: Callable, probs: Tensor) -> Tensor:
    """Tokens int64[B] on the CPU; CheckFailed about their form, or the answer's own exception."""
    seen = ask(function, probs)
    if isinstance(seen.error, RuntimeError) and NO_PROBABILITIES in str(seen.error):
        sentence = (
            "жребий тянут из чисел, которые не могут быть вероятностями: среди них есть отрицательные или бесконечные."
        )
        raise CheckFailed(f"{title}: {sentence}") from seen.error
    if seen.error is not None:
        raise seen.error
    if seen.changed:
        raise CheckFailed(f"{title}: {hint('in-place')}")
    return _tokens_of(title, seen.value, probs)


def _tokens_of(title: str, value: Any, rows: Tensor) -> Tensor:
    shape = (len(rows),)
    if sentence := _token_form(value, rows) or form_hint(value, shape, torch.int64, rows.device):
        raise CheckFailed(f"{title}: {sentence}")
    tokens = value.detach().cpu()
    if bool((tokens < 0).any() or (tokens >= rows.shape[1]).any()):
        raise CheckFailed(f"{title}: номера токенов — от 0 до V − 1, а вернулся и такой, какого в словаре нет.")
    return tokens


def _token_form(value: Any, rows: Tensor) -> str | None:
    """A hint about what came instead of token numbers, or None."""
    if isinstance(value, (list, tuple)):
        return hint("draw-list")
    if type(value).__module__ == "numpy":
        return hint("draw-numpy")
    if not isinstance(value, Tensor):
        return None
    forms = {tuple(rows.shape): "draw-one-hot", (len(rows), 1): "draw-column"}
    if tuple(value.shape) in forms:
        return hint(forms[tuple(value.shape)])
    if value.dim() == 0:
        return hint("draw-one-token" if len(rows) > 1 else "squeezed")
    if value.is_floating_point():
        return hint("draw-float")
    return hint("draw-int32") if value.dtype != torch.int64 else None


def _sample(cls: type, settings: dict[str, Any], logits: Tensor) -> Any:
    sampler = cls(**settings)
    if not callable(getattr(sampler, "sample", None)):
        raise CheckFailed("Sampler: у объекта нет метода sample.")
    return sampler.sample(logits)


def _check_sampler_draws(cls: type, number: int, settings: dict[str, Any]) -> None:
    title, device = f"Sampler({examples.named(settings)})", default_device()
    row, right = _sorted_logits(), _sampler_right(number)

    def tokens(logits: Tensor) -> Tensor:
        return _sampled_tokens(title, cls, settings, logits)

    drawn = draw_rows(tokens, row, right, SAMPLER_ROWS, device)
    if number == 0:
        check_lots(title, "sampler", tokens, torch.tensor(row, device=device), right)
    check_frequencies(title, "Sampler, draws", number, drawn, f"{title}: доля жребиев, в которых выпал токен")


def _sampled_tokens(title: str, cls: type, settings: dict[str, Any], logits: Tensor) -> Tensor:
    seen = ask(lambda z: _sample(cls, settings, z), logits)
    if seen.error is not None:
        raise seen.error
    return _tokens_of(f"{title}, токены", seen.value[0], logits)


def _sorted_logits() -> list[float]:
    return sorted(examples.SAMPLER_LOGITS[0], reverse=True)


def _sampler_right(number: int) -> list[float]:
    return [float(share) for share in tables()["Sampler, draws"]["right"][number]]


def _told_apart(cls: type, names: list[str]) -> str:
    """Of mistakes that give the same entropies the one that the draws agree with: they may be right nevertheless."""
    about_entropy = [name for name in names if name.startswith("sampler-entropy")]
    if about_entropy in ([], names):
        return names[0]
    try:
        for number, settings in enumerate(examples.SAMPLER_DRAWN):
            right = _sampler_right(number)
            ask_tokens = partial(_sampled_tokens, "Sampler", cls, settings)
            drawn = draw_rows(ask_tokens, _sorted_logits(), right, SAMPLER_ROWS, default_device())
            if not fits(drawn.by_rank, np.array(right), SAMPLER_ROWS):
                return next(name for name in names if name not in about_entropy)
    except Exception:  # it answers strangely in more ways than one; what is said about the entropy holds anyway
        return about_entropy[0]
    return about_entropy[0]


def _check_refusals(cls: type) -> None:
    """CheckFailed unless everything that must be refused is, with a ValueError."""
    task = "Sampler, ValueError"
    titles = [title for title, _ in examples.sampler_refusals()]
    seen = [ask(lambda s, z: _sample(cls, s, z), s, z.to(default_device())) for s, z in examples.QUESTIONS[task]]
    pairs = zip(titles, right_outcomes(task), seen, strict=True)
    wrong = next(((title, one) for title, right, one in pairs if not looks_like(right, one)), None)
    if wrong is None:
        return
    title, one = wrong
    names = ["sampler-errors-class"] if isinstance(one.error, AssertionError) else known_mistakes(task, seen)
    happened = f"случилась {type(one.error).__name__}" if one.error is not None else "ничего не случилось"
    sentence = hint(names[0]) if names else f"нужна ValueError, а {happened}."
    raise CheckFailed(f"Sampler ({title}): {sentence}") from one.error


def _explain_loop_error(error: Exception) -> None:
    """Raise a sentence if the tape's model or sampler refused what it was given; otherwise the answer's own error."""
    if isinstance(error, ValueError) and str(error).startswith(("модель ждёт", "sampler.sample ждёт", "h:", "c:")):
        raise CheckFailed(f"generate: {error}.") from error
    raise error


def _loop_picture(result: Any, tape: Tape, max_length: int) -> Picture | None:
    """The texts that came beside the expected, or the mean entropies; None if there is nothing to draw."""
    if not is_pair(result):
        return None
    ids, value = result
    if not isinstance(ids, Tensor) or ids.dim() != 2 or ids.is_floating_point() or len(ids) != len(tape.tokens):
        return None
    expected = tape.ids(max_length)
    if ids.tolist() != expected:
        words = [
            [[TAPE_WORDS.get(token, str(token)) for token in row[:12]] for row in rows]
            for rows in (expected, ids.tolist())
        ]
        return Picture([Texts(f"n_samples={len(expected)}, max_length={max_length}", *words)])
    if not isinstance(value, float):
        return None
    right = tape.mean_entropy(max_length)
    return Picture([Panel("средняя энтропия, нат", ["все тексты"], [right], [value], "nat")])
