"""Visible checks of the homework: one function per task, a few small examples, and a hint where something is off.

Each check prints "✓ ..." if all is well, else raises AssertionError with one Russian sentence that points at the idea.
Exceptions of the answer itself come through as they are: their traceback shows the student's own line.
Passing here is not the mark: the mark comes from other examples. Where chance takes part, a right answer fails with
probability below 1e-15: frequencies may be off by 0.07 at 4,000 draws (Hoeffding: 2 exp(-2 * 4000 * 0.07^2) < 2e-17).
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from course_lib import check_examples as examples
from course_lib.expect import answering, call, check_repeats, check_tensor, check_value_errors
from course_lib.tapes import Tape, TapeModel, TapeSampler, check_loop

DRAWS, TOLERANCE = 4000, 0.07
INF = float("inf")


def check_temperature_probs(function: Callable) -> None:
    """Task 1: logits[B, V], temp -> probs float32[B, V]."""
    example = examples.TEMPERATURE
    _check_example(
        "temperature_probs", function, example["logits"], example["temp"], example["right"], example["hints"]
    )
    _check_probs_basics("temperature_probs", function, 0.5)
    _done("температура двигает вероятности туда, куда нужно")


def check_top_k_probs(function: Callable) -> None:
    """Task 2: logits[B, V], k -> probs float32[B, V]."""
    example = examples.TOP_K
    _check_example("top_k_probs", function, example["logits"], example["k"], example["right"], example["hints"])
    _check_example("top_k_probs", function, [[0.0, -1.0, 1.0]], 10, [[0.2447, 0.0900, 0.6652]], [])  # k > V
    _check_probs_basics("top_k_probs", function, 2)
    _done("остаются ровно k лучших токенов, и вместе они весят единицу")


def check_nucleus_probs(function: Callable) -> None:
    """Task 3: probs[B, V], p -> probs float32[B, V]."""
    example = examples.NUCLEUS
    _check_example("nucleus_probs", function, example["probs"], example["p"], example["right"], example["hints"])
    one_each = [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]
    _check_example(
        "nucleus_probs",
        function,
        example["probs"],
        0.05,
        one_each,
        [],
        "В ядре всегда есть хотя бы один токен — в каждой строке.",
    )
    _check_example(
        "nucleus_probs", function, example["probs"], 1.0, example["probs"], [], "При p = 1 остаются все токены."
    )
    _check_example("nucleus_probs", function, [[0.2, 0.8]], 0.5, [[0.0, 1.0]], [])
    _done("в ядре ровно те токены, что нужны")


def check_entropy(function: Callable) -> None:
    """Task 4: probs[B, V] -> entropy float32[B], nats."""
    example = examples.ENTROPY
    zero_log = "У некоторых токенов вероятность 0, а ln 0 = −inf. Чему должен быть равен вклад такого токена?"
    _check_example("entropy", function, example["probs"], None, example["right"], example["hints"], nan_hint=zero_log)
    _check_example("entropy", function, [[0.5, 0.25, 0.25]], None, [1.0397], [])
    _check_example(
        "entropy",
        function,
        [[1e-4] * 10_000],
        None,
        [9.2103],
        [],
        "Словарь большой, и все вероятности малы: не искажает ли что-нибудь их логарифм?",
    )
    _done("энтропия в натах, по числу на строку")


def check_draw(function: Callable) -> None:
    """Task 5: probs[B, V] -> tokens int64[B]."""
    probs = torch.tensor([[0.6, 0.3, 0.1, 0.0]], device=_device())
    _ask_tokens("draw", function, probs)
    rows = _permuted(probs.expand(DRAWS, -1))
    tokens = _ask_tokens("draw", function, rows[0])
    if (torch.bincount(tokens, minlength=4) / DRAWS).sub(probs[0].cpu()).abs().max() <= TOLERANCE:
        raise AssertionError("draw: похоже, возвращаются места в отсортированной строке, а нужны номера токенов.")
    ranks = rows[1].gather(1, tokens.unsqueeze(1)).squeeze(1)
    frequencies = (torch.bincount(ranks, minlength=4) / DRAWS).tolist()
    _check_frequencies("draw", frequencies, [0.6, 0.3, 0.1, 0.0])
    same = torch.full((64, 4), 0.25, device=_device())
    tokens = _ask_tokens("draw", function, same)
    assert len(set(tokens.tolist())) > 1, (
        "draw: 64 одинаковые строки дали один и тот же токен. У каждой строки свой жребий."
    )
    assert not torch.equal(tokens, _ask_tokens("draw", function, same)), (
        "draw: два вызова подряд дали одно и то же. Жребий должен быть новым каждый раз."
    )
    check_repeats("draw", lambda: _ask_tokens("draw", function, same))
    _done("токены выпадают так часто, как велят вероятности")


def check_sampler(cls: type) -> None:
    """Task 6: class Sampler with .sample(logits[B, V]) -> (tokens int64[B], entropy float32[B])."""
    logits = torch.tensor(examples.SAMPLER_LOGITS, device=_device())
    for temp in (0.5, 2.0):
        tokens, entropy = _ask_sampler(cls, logits, prob_mode="temperature", sample_mode="greedy", temp=temp)
        assert tokens.tolist() == [0, 1], "Sampler: жадный выбор — всегда самый вероятный токен своей строки."
        assert entropy.abs().max() < 1e-6, (
            "Sampler: при жадном выборе случайности нет. Какова энтропия, когда возможен только один токен?"
        )
    for example in examples.SAMPLER:
        title = f"Sampler({_named(example['settings'])})"
        _, entropy = _ask_sampler(cls, logits, **example["settings"])
        _compare(f"{title}, энтропия", entropy, example["right"], example["hints"])
        _, entropy = _ask_sampler(cls, logits[:1], **example["settings"])
        _compare(f"{title}, энтропия", entropy, example["right"][:1], [])
    _ask_sampler(cls, logits.half(), **examples.SAMPLER[2]["settings"])
    rows = logits[:1].expand(DRAWS, -1).contiguous()
    tokens, _ = _ask_sampler(cls, rows, **examples.SAMPLER[1]["settings"])
    _check_frequencies(
        "Sampler (top-k)", (torch.bincount(tokens, minlength=4) / DRAWS).tolist(), [0.6225, 0.3775, 0.0, 0.0]
    )
    _check_value_errors(cls)
    _done("все режимы Sampler работают")


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
        model = TapeModel(part, _device())
        with answering():
            result = function(model, TapeSampler(), rows, part.start_id, part.end_id, max_length)
        check_loop(result, part, model, max_length)
    _done("generate помнит прошлое, вовремя останавливается и честно считает энтропию")


def _named(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in settings.items())


def _done(text: str) -> None:
    print(f"✓ {text}")


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _check_example(
    name: str,
    function: Callable,
    rows: list,
    parameter: Any,
    right: list,
    hints: list,
    generic: str = "",
    nan_hint: str = "",
) -> None:
    """Ask about one batch and compare; `parameter` None means that the function takes none."""
    batch = torch.tensor(rows, device=_device())
    value = call(name, function, batch) if parameter is None else call(name, function, batch, parameter)
    shape = tuple(torch.tensor(right).shape)
    value = check_tensor(value, name, shape, torch.float32, _device())
    _compare(name, value, right, hints, generic, nan_hint)


def _compare(title: str, value: Tensor, right: list, hints: list, generic: str = "", nan_hint: str = "") -> None:
    """AssertionError unless `value` is `right` to 2e-4; the sentence is the hint of the mistake that it looks like."""
    got, want = value.detach().double().cpu(), torch.tensor(right, dtype=torch.float64)
    if torch.allclose(got, want, atol=2e-4, rtol=0):
        return
    if got.isnan().any():
        raise AssertionError(f"{title}: в ответе NaN. {nan_hint or generic}".rstrip())
    for wrong, hint in hints:
        if torch.allclose(got, torch.tensor(wrong, dtype=torch.float64), atol=2e-4, rtol=0):
            raise AssertionError(f"{title}: {hint}")
    row = next(i for i in range(len(got)) if not torch.allclose(got[i], want[i], atol=2e-4, rtol=0))
    shown = [[round(x, 4) for x in part[row].reshape(-1)[:6].tolist()] for part in (want, got)]
    raise AssertionError(f"{title}: в строке {row} ожидается {shown[0]}, а получилось {shown[1]}. {generic}".rstrip())


def _check_probs_basics(name: str, function: Callable, parameter: float) -> None:
    """Batch of one, huge logits, -inf, half precision: the same for temperature and top-k."""
    overflow = "Экспонента больших чисел переполняется. Меняется ли softmax, если сдвинуть все логиты строки?"
    _check_example(name, function, [[10_000.0, 9_999.5, -10_000.0]], parameter, _HUGE[parameter], [], nan_hint=overflow)
    forbidden = "Логит −inf означает, что токен невозможен: его вероятность — ровно 0."
    _check_example(name, function, [[0.0, -INF, 0.0]], parameter, [[0.5, 0.0, 0.5]], [], forbidden, forbidden)
    half = torch.tensor([[3.0, 2.0, 1.0]], dtype=torch.float16, device=_device())
    check_tensor(call(name, function, half, parameter), name, (1, 3), torch.float32, _device())


_HUGE = {0.5: [[0.7311, 0.2689, 0.0]], 2: [[0.6225, 0.3775, 0.0]]}


def _ask_tokens(name: str, function: Callable, probs: Tensor) -> Tensor:
    value = call(name, function, probs)
    tokens = check_tensor(value, name, (len(probs),), torch.int64, probs.device).cpu()
    assert tokens.min() >= 0 and tokens.max() < probs.shape[1], f"{name}: такого номера токена нет в словаре."
    return tokens


def _ask_sampler(cls: type, logits: Tensor, **settings: Any) -> tuple[Tensor, Tensor]:
    method = getattr(cls(**settings), "sample", None)
    assert callable(method), "Sampler: у объекта нет метода sample."
    value = call("Sampler.sample", method, logits)
    assert isinstance(value, tuple) and len(value) == 2, (
        f"Sampler.sample: нужна пара (токены, энтропия), а вернулся объект типа {type(value).__name__}."
    )
    tokens = check_tensor(value[0], "Sampler.sample, токены", (len(logits),), torch.int64, logits.device).cpu()
    entropy = check_tensor(value[1], "Sampler.sample, энтропия", (len(logits),), torch.float32, logits.device).cpu()
    assert tokens.min() >= 0 and tokens.max() < logits.shape[1], "Sampler.sample: такого номера токена нет в словаре."
    return tokens, entropy


def _permuted(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Every row in an order of its own, and for each place the column that it came from."""
    order = torch.rand(rows.shape, device=rows.device).argsort(dim=1)
    return rows.gather(1, order), order.cpu()


def _check_frequencies(title: str, got: list[float], right: list[float]) -> None:
    for often, probability in zip(got, right, strict=True):
        if abs(often - probability) <= TOLERANCE:
            continue
        hint = " Кажется, всегда выбирается самый вероятный токен." if max(got) == 1.0 else ""
        raise AssertionError(f"{title}: токен с вероятностью {probability} выпал с частотой {often:.2f}.{hint}")


def _check_value_errors(cls: type) -> None:
    good = torch.tensor(examples.SAMPLER_LOGITS, device=_device())
    cases = [(_named(bad), {**examples.GOOD_SETTINGS, **bad}, good) for bad in examples.BAD_SETTINGS]
    cases += [
        (title, examples.GOOD_SETTINGS, torch.tensor(rows, device=_device()))
        for title, rows in examples.BAD_LOGITS.items()
    ]
    check_value_errors(cls, cases)
