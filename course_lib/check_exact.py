"""Checks of answers that have one right value: ask every public example, find what is wrong, say it, draw it."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from course_lib.check_examples import QUESTIONS, named
from course_lib.check_failures import CheckFailed
from course_lib.check_hints import hint
from course_lib.check_mistakes import Seen, close, first_wrong, known_mistakes, looks_like, right_outcomes, values_of
from course_lib.check_pictures import SEEN, WORDS, Panel, Picture
from course_lib.expect import answering, check_tensor, default_device, is_pair, type_name

LETTERS = {
    "temperature_probs": "T",
    "top_k_probs": "k",
    "nucleus_probs": "p",
    "min_p_probs": "min_p",
    "typical_probs": "tau",
    "repetition_penalty": "штраф",
}
ROWS = 2  # of an example are drawn at most
LONGEST = 6  # tokens of a row are drawn at most
ALMOST = 2e-3  # what float32 loses where logits of 1e4 are subtracted
TOO_STRICT = "случилась ValueError, хотя работать можно: запрещено только то, что есть в таблице из условия."
Ask = Callable[..., Any]


def check_exact(task: str, function: Ask, choose: Callable[[list[str]], str] = lambda names: names[0]) -> None:
    """CheckFailed unless every question of the task is answered right; an error of the answer's own comes through.

    Args:
        task: the name of the questions in `course_lib.check_examples.QUESTIONS`.
        function: what answers them.
        choose: picks one of several known mistakes that the answers cannot tell apart.
    """
    device = default_device()
    questions = [tuple(_on(device, one) for one in asked) for asked in QUESTIONS[task]]
    seen = [ask(function, *asked) for asked in questions]
    _raise_slips(seen)
    number = first_wrong(task, seen)
    if number is None:
        _check_devices(task, seen, device)
        return
    names = known_mistakes(task, seen)
    name, error = choose(names) if names else None, seen[number].error
    if name is None and error is not None:
        if task == "Sampler" and isinstance(error, ValueError):
            raise CheckFailed(f"Sampler({named(questions[number][0])}): {TOO_STRICT}") from error
        raise error
    sentence = hint(name) if name else plain_hint(task, questions[number], right_outcomes(task)[number], seen[number])
    raise CheckFailed(f"{task}: {sentence}", picture(task, questions, seen)) from error


def ask(function: Ask, *args: Any) -> Seen:
    """What the function does with copies of the arguments; it may print and warn as it likes."""
    given = [arg.clone() if isinstance(arg, Tensor) else arg for arg in args]
    value, error = None, None
    try:
        with answering():
            value = function(*given)
    except Exception as raised:
        error = raised
    pairs = [(old, new) for old, new in zip(args, given, strict=True) if isinstance(old, Tensor)]
    return Seen(value, error, not all(_equal(old, new) for old, new in pairs))


def plain_hint(task: str, asked: tuple, right: dict[str, Any], seen: Seen) -> str:
    """A sentence about an answer that no known mistake explains: its form, its sums, what it keeps, its numbers."""
    value = seen.value
    if seen.changed:
        return hint("in-place")
    if "parts" in right:
        return _pair_hint(asked, right["parts"], value)
    if sentence := form_hint(value, tuple(right["shape"]), getattr(torch, right["dtype"]), asked[0].device):
        return sentence
    got, expected = value.detach().double().cpu(), _right_tensor(right)
    if got.isnan().any():
        return "в ответе NaN: где могло получиться 0/0 или ∞ − ∞?"
    is_probs = task.endswith("_probs")
    if is_probs and bool((got < 0).any()):
        return "вероятность не бывает отрицательной, а среди чисел есть и такие."
    row = next(i for i in range(len(got)) if not close(got[i].flatten().tolist(), expected[i].flatten().tolist()))
    if is_probs and abs(float(got[row].sum()) - 1) > 1e-3:
        return f"строка {row} складывается в {number_in_russian(float(got[row].sum()))}, а должна — в единицу."
    if is_probs and float((got - expected).abs().max()) < ALMOST:
        return "числа почти верны, но точности не хватило: не вычитаются ли друг из друга два больших числа?"
    kept, due = (part[row].flatten() > 1e-6 for part in (got, expected))
    if is_probs and int(kept.sum()) != int(due.sum()):
        return f"в строке {row} возможных токенов осталось {int(kept.sum())}, а должно быть {int(due.sum())}."
    if is_probs and not torch.equal(kept, due):
        return f"в строке {row} остались не те токены."
    shown = [_list(part[row].flatten()[:LONGEST].tolist()) for part in (expected, got)]
    return f"в строке {row} ожидается [{shown[0]}], а получилось [{shown[1]}]."


def _pair_hint(asked: tuple, right: list[dict[str, Any]], value: Any) -> str:
    """The same about the pair of a `Sampler`."""
    settings, rows = asked
    if not is_pair(value):
        return f"нужна пара (токены, энтропия), а вернулся объект типа {type_name(value)}."
    for what, expected, got in zip(("токены", "энтропия"), right, value, strict=True):
        if sentence := form_hint(got, tuple(expected["shape"]), getattr(torch, expected["dtype"]), rows.device):
            return f"{what} — {sentence}"
    if "values" in right[0] and not close(values_of(value[0]), right[0]["values"]):
        return "жадный выбор — это всегда самый вероятный токен своей строки."
    if settings["sample_mode"] == "greedy":
        return hint("sampler-greedy-entropy")
    got, expected = value[1].detach().double().cpu(), _right_tensor(right[1])
    if got.isnan().any():
        return f"при {named(settings)} в энтропии NaN: где могло получиться 0/0 или 0 · ∞?"
    row = next(i for i in range(len(got)) if not close([float(got[i])], [float(expected[i])]))
    is_now, must_be = (number_in_russian(float(values[row]) + 0.0) for values in (got, expected))
    return f"при {named(settings)} энтропия строки {row} равна {is_now}, а должна быть {must_be}."


def form_hint(value: Any, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> str | None:
    """A sentence if it is not the tensor that it should be; None if it is."""
    try:
        check_tensor(value, "", shape, dtype, device)
    except AssertionError as complaint:
        return str(complaint).removeprefix(": ")
    return None


def picture(task: str, questions: list[tuple], seen: list[Seen]) -> Picture | None:
    """The first example whose difference can be seen, or None."""
    for asked, right, one in zip(questions, right_outcomes(task), seen, strict=True):
        if not looks_like(right, one) and (panels := _panels(task, asked, right, one)):
            return Picture(panels)
    return None


def _panels(task: str, asked: tuple, right: dict[str, Any], seen: Seen) -> list[Panel]:
    """A panel for each row that differs; entropies are one panel."""
    settings, rows = (asked[0], asked[1]) if isinstance(asked[0], dict) else (None, asked[0])
    if settings is not None:
        if "parts" not in right or not is_pair(seen.value):
            return []
        right, value = right["parts"][1], seen.value[1]
    else:
        value = seen.value
    if not isinstance(value, Tensor) or value.numel() != torch.Size(right["shape"]).numel():
        return []
    expected, got = _right_tensor(right), value.detach().double().cpu().reshape(right["shape"])
    if expected.dim() == 1:
        title = f"Sampler({named(settings)}): энтропия, нат" if settings else "энтропия строки, нат"
        panel = Panel(title, [_row_name(row) for row in rows.cpu()], expected.tolist(), got.tolist(), "nat")
        return [panel] if _differs(expected, got) else []
    if task == "repetition_penalty":
        expected, got = expected.softmax(dim=-1), got.softmax(dim=-1)
    numbers = [i for i in range(len(expected)) if _differs(expected[i], got[i])][:ROWS]
    names = [f"{i} · {word}" for i, word in enumerate(WORDS[: expected.shape[1]])]
    titles = [_title(task, asked, i) for i in numbers]
    pairs = zip(titles, numbers, strict=True)
    return [Panel(title, names, expected[i].tolist(), got[i].tolist()) for title, i in pairs]


def _title(task: str, asked: tuple, row: int) -> str:
    letter, noun = (
        LETTERS[task],
        "вероятности" if task in ("nucleus_probs", "min_p_probs", "typical_probs") else "логиты",
    )
    past = f", уже были токены {_list(asked[1][row].tolist())}" if task == "repetition_penalty" else ""
    return f"{letter} = {number_in_russian(asked[-1])}, {noun} ({_list(asked[0][row].tolist())}){past}"


def _row_name(row: Tensor) -> str:
    values = row.tolist()
    if len(values) <= LONGEST:
        return f"({_list(values)})"
    return f"{len(values)} токенов по {number_in_russian(values[0])}"


def number_in_russian(value: float) -> str:
    """0,5 and −3."""
    return f"{value:.4g}".replace(".", ",").replace("-", "−").replace("inf", "∞")


def _list(values: list[float]) -> str:
    return "; ".join(number_in_russian(value) for value in values)


def _differs(expected: Tensor, got: Tensor) -> bool:
    return bool(((expected - got).abs() > SEEN).any() or got.isnan().any())


def _raise_slips(seen: list[Seen]) -> None:
    """An answer that is not there yet, or that stops at every example: its own error says it best."""
    for one in seen:
        if isinstance(one.error, NotImplementedError):
            raise one.error
    if seen[0].error is not None and all(one.error is not None for one in seen):
        raise seen[0].error


def _check_devices(task: str, seen: list[Seen], device: torch.device) -> None:
    for one in seen:
        parts = one.value if isinstance(one.value, (tuple, list)) else (one.value,)
        for part in parts:
            if isinstance(part, Tensor) and part.device.type != device.type:
                raise CheckFailed(f"{task}: ответ лежит на {part.device}, а должен — там же, где вход: на {device}.")


def _right_tensor(right: dict[str, Any]) -> Tensor:
    return torch.tensor([float(v) for v in right["values"]], dtype=torch.float64).reshape(right["shape"])


def _equal(old: Tensor, new: Tensor) -> bool:
    return (
        old.shape == new.shape and close(values_of(old), values_of(new)) and bool(torch.equal(old.isnan(), new.isnan()))
    )


def _on(device: torch.device, value: Any) -> Any:
    return value.to(device) if isinstance(value, Tensor) else value
