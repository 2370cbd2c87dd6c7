"""The student's answer beside the right one, for the feedback page: small examples, none of them a graded probe.

`example` gives plain data that goes into `Task.example` and that `grader.feedback.pictures` draws:

    given: what the functions were given, a Russian phrase.
    agrees: whether nothing to be seen differs. Then there is nothing to draw, and no further key.
    said: what came instead of an answer that can be drawn, a Russian sentence; then no panels and no tapes.
    panels: [{title, names, right, yours, unit, seen}], bars: numbers of each name; unit "share" (0 to 1) or "nat";
        numbers that differ by `seen` at most count as equal.
    tapes: {names: {id: word}, right: [[id]], yours: [[id]]}, the texts of `generate`.

Numbers are floats, or "NaN", "inf" and "-inf", which JSON can't say otherwise.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from course_lib import check_examples as visible
from course_lib.expect import is_pair, type_name
from course_lib.tapes import Tape, TapeModel, TapeSampler
from grader import reference
from grader.cases.asking import AnswerError, Notebook, WrongAnswer, as_array, as_pair, check_range, sentence_of

DRAWS = 2000
SEEN = 2e-3  # a smaller difference can't be seen in a picture
SEEN_IN_DRAWS = 0.08  # of 1,000 draws a right answer strays so far about once in 10^5
LONGEST = 14  # columns of a text that are shown
INF = math.inf
WORDS = ("кот", "ёж", "чай", "лес")
TAPE_WORDS = {1: "начало", 2: "конец", 3: "ёж", 4: "кот", 5: "пил", 6: "чай", 7: "и", 8: "сбой"}

HUGE, FORBIDDEN = [[10_000.0, 9_999.5, -10_000.0]], [[0.0, -INF, 0.0]]
TEMPERATURE = [
    (visible.TEMPERATURE["logits"], visible.TEMPERATURE["temp"]),
    (visible.TEMPERATURE["logits"], 2.0),
    (HUGE, 0.5),
    (FORBIDDEN, 0.5),
]
TOP_K = [(visible.TOP_K["logits"], visible.TOP_K["k"]), ([[0.0, -1.0, 1.0]], 10), (HUGE, 2), (FORBIDDEN, 2)]
NUCLEUS = [
    (visible.NUCLEUS["probs"], visible.NUCLEUS["p"]),
    (visible.NUCLEUS["probs"], 0.05),
    (visible.NUCLEUS["probs"], 1.0),
    ([[0.2, 0.8]], 0.5),
]
ENTROPY = [visible.ENTROPY["probs"], [[0.5, 0.25, 0.25]]]
DRAWN = [[0.6, 0.3, 0.1, 0.0], [0.0, 0.1, 0.6, 0.3]]
SETTINGS = [{"sample_mode": "greedy", "temp": 2.0}, *(one["settings"] for one in visible.SAMPLER)]
TAPES = [
    (
        Tape(
            tokens=((4, 5, 6, 2, 7, 5, 6, 3), (3, 2, 6, 6, 5, 5, 4, 4), (3, 7, 4, 5, 6, 7, 3, 5)),
            entropies=(
                (1.0, 0.5, 0.25, 0.75, 4, 4, 4, 4),
                (1.5, 0.5, 4, 4, 4, 4, 4, 4),
                (1.5, 1, 0.5, 1, 1.5, 2, 4, 4),
            ),
            vocab_size=9,
            start_id=1,
            end_id=2,
        ),
        6,
    ),
    (
        Tape(
            tokens=((4, 5, 2, 7, 5, 6, 3, 4, 5, 6), (3, 2, 6, 6, 5, 5, 4, 4, 3, 3)),
            entropies=((1.0, 0.5, 0.25, *[4.0] * 7), (1.5, 0.5, *[4.0] * 8)),
            vocab_size=9,
            start_id=1,
            end_id=2,
        ),
        8,
    ),
]

Example = dict[str, Any]


def example(task: str, notebook: Notebook) -> Example | None:
    """The first example whose answer differs from the right one; if none does, one that says that they agree.

    Args:
        task: a grade_id.
        notebook: who answers. Its global generators are seeded here and go on from there.

    Returns:
        Plain data (see the module), or None: there is no such task, or the answer is such that nothing can be said.

    Raises:
        What the notebook raises for reasons of its own, such as a box that ran out of time; no `AnswerError`.
    """
    if task not in QUESTIONS:
        return None
    try:
        notebook.seed(2018)
        shown = None
        for shown in QUESTIONS[task](task, notebook):
            if not shown["agrees"]:
                return shown
        return shown
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError):
        return None  # a strange answer: the mark doesn't hang on a picture, so it must not stop the grading


def _exact(inputs: list, right: Callable[..., np.ndarray], letter: str, noun: str) -> Callable[..., Iterator[Example]]:
    """Tasks 1 to 3: [B, V] and a number in, [B, V] out. A panel a row."""

    def questions(task: str, notebook: Notebook) -> Iterator[Example]:
        for rows, parameter in inputs:
            given = f"{letter} = {_number(parameter)}"
            expected = right(np.array(rows), parameter)
            titles = [f"{noun} {_list(row)}" for row in rows]
            got, said = _value(task, notebook, expected.shape, torch.tensor(rows), parameter)
            yield _compared(given, titles, expected, got, said)

    return questions


def _entropies(task: str, notebook: Notebook) -> Iterator[Example]:
    for rows in ENTROPY:
        expected = reference.entropy(np.array(rows))
        got, said = _value(task, notebook, expected.shape, torch.tensor(rows))
        names = [f"({_list(row)})" for row in rows]
        yield _compared(
            "слева строки вероятностей, справа их энтропия в натах", ["энтропия строки"], expected, got, said, names
        )


def _draws(task: str, notebook: Notebook) -> Iterator[Example]:
    probs = torch.tensor(DRAWN).repeat(DRAWS // 2, 1)  # [DRAWS, V], rows alternate
    titles = [f"вероятности {_list(row)}" for row in DRAWN]
    got, said = None, None
    try:
        value = notebook.call(task, probs).value
        whole = isinstance(value, torch.Tensor) and not value.is_floating_point() and value.dtype != torch.bool
        tokens = as_array(task, value, (DRAWS,), value.dtype if whole else torch.int64)
        check_range(task, tokens, len(DRAWN[0]))
        got = _frequencies(tokens, len(DRAWN[0]))
    except (AnswerError, WrongAnswer) as error:
        said = _sentence(task, error)
    given = f"по {DRAWS // 2} случайных выборов из каждой строки; верное — сами вероятности"
    yield _compared(given, titles, np.array(DRAWN), got, said, seen=SEEN_IN_DRAWS)


def _sampler(task: str, notebook: Notebook) -> Iterator[Example]:
    rows = visible.SAMPLER_LOGITS
    logits = torch.tensor(rows).repeat(DRAWS // 2, 1)
    for settings in SETTINGS:
        given = f"`Sampler({', '.join(f'{name}={value!r}' for name, value in settings.items())})`"
        right = reference.distribution(np.array(rows), **{"prob_mode": "temperature", **settings})
        titles = [f"логиты {_list(row)}" for row in rows]
        try:
            value = notebook.sample(notebook.create(task, settings), logits).value
            tokens, entropies = as_pair(task, value, DRAWS, strict=False)
            check_range(task, tokens, len(rows[0]))
        except (AnswerError, WrongAnswer) as error:
            yield _compared(given, titles, right, None, _sentence(task, error))
            continue
        drawn = _compared(given, titles, right, _frequencies(tokens, len(rows[0])), None, seen=SEEN_IN_DRAWS)
        names = [f"строка {i}" for i in range(len(rows))]
        spread = _compared(given, ["энтропия, нат"], reference.entropy(right), entropies[: len(rows)], None, names)
        panels = drawn.get("panels", []) + spread.get("panels", [])
        yield {"given": given, "agrees": True} if not panels else {"given": given, "agrees": False, "panels": panels}


def _texts(task: str, notebook: Notebook) -> Iterator[Example]:
    for tape, max_length in TAPES:
        rows = len(tape.tokens)
        given = f"`n_samples={rows}`, `max_length={max_length}`"
        right, mean = tape.ids(max_length), tape.mean_entropy(max_length)
        try:
            model = TapeModel(tape, torch.device("cpu"))
            args = (model, TapeSampler(), rows, tape.start_id, tape.end_id, max_length)
            ids, entropy = _texts_of(task, notebook.call(task, *args).value, rows)
        except (AnswerError, WrongAnswer) as error:
            yield {"given": given, "agrees": False, "said": _sentence(task, error)}
            continue
        shown = _compared(given, ["средняя энтропия, нат"], np.array([mean]), np.array([entropy]), None, ["все тексты"])
        if ids != right:
            cut = [row[:LONGEST] for row in ids]
            shown |= {"agrees": False, "tapes": {"names": _tape_names(), "right": right, "yours": cut}}
        yield shown


def _texts_of(task: str, value: Any, rows: int) -> tuple[list[list[int]], float]:
    """What `generate` returned: texts and mean entropy; WrongAnswer with a sentence if it is no such thing."""
    if not is_pair(value):
        raise WrongAnswer(f"{task}: нужна пара (ids, средняя энтропия), а вернулся объект типа {type_name(value)}.")
    ids, entropy = value
    if not isinstance(ids, torch.Tensor) or ids.is_floating_point() or ids.dim() != 2 or len(ids) != rows:
        form = f"{ids.dtype}{list(ids.shape)}" if isinstance(ids, torch.Tensor) else f"объект типа {type_name(ids)}"
        raise WrongAnswer(f"{task}: ids — тензор int64 формы [{rows}, L + 1], а вернулся {form}.")
    if isinstance(entropy, torch.Tensor) and entropy.numel() == 1:
        entropy = entropy.item()
    if isinstance(entropy, bool) or not isinstance(entropy, (int, float, np.floating)):
        raise WrongAnswer(f"{task}: средняя энтропия — число, а вернулся объект типа {type_name(entropy)}.")
    return ids.tolist(), float(entropy)


def _value(task: str, notebook: Notebook, shape: tuple[int, ...], *args: Any) -> tuple[np.ndarray | None, str | None]:
    """(values of this shape, None), or (None, a sentence about what came instead)."""
    try:
        return as_array(task, notebook.call(task, *args).value, shape), None
    except (AnswerError, WrongAnswer) as error:
        return None, _sentence(task, error)


def _sentence(task: str, error: AnswerError | WrongAnswer) -> str:
    text = sentence_of(task, error) if isinstance(error, AnswerError) else str(error)
    return text.removeprefix(f"{task}: ").removeprefix(f"{task}, ")


def _compared(
    given: str,
    titles: Sequence[str],
    right: np.ndarray,
    got: np.ndarray | None,
    said: str | None,
    names: Sequence[str] | None = None,
    seen: float = SEEN,
) -> Example:
    """One example; a panel for each row of `right`, which are probabilities, or entropies where `names` are given."""
    if said is not None or got is None:
        return {"given": given, "agrees": False, "said": said}
    if np.isfinite(got).all() and np.abs(got - right).max() <= seen:
        return {"given": given, "agrees": True}
    words = list(names or [f"{i} · {word}" for i, word in enumerate(WORDS[: right.shape[-1]])])
    panels = [
        {
            "title": title,
            "names": words,
            "right": _plain(expected),
            "yours": _plain(own),
            "unit": "nat" if names else "share",
            "seen": seen,
        }
        for title, expected, own in zip(titles, np.atleast_2d(right), np.atleast_2d(got), strict=True)
    ]
    return {"given": given, "agrees": False, "panels": panels}


def _frequencies(tokens: np.ndarray, vocab_size: int) -> np.ndarray:
    """How often each token came in the even and in the odd rows: [2, V]."""
    return np.stack([np.bincount(tokens[i::2], minlength=vocab_size) / len(tokens[i::2]) for i in range(2)])


def _tape_names() -> dict[str, str]:
    return {str(number): word for number, word in TAPE_WORDS.items()}  # JSON knows no other keys


def _plain(values: np.ndarray) -> list[float | str]:
    """Numbers as JSON has them."""
    names = {INF: "inf", -INF: "-inf"}
    return [round(v, 6) + 0.0 if math.isfinite(v) else names.get(v, "NaN") for v in values.tolist()]


def _number(value: float) -> str:
    """A number as it is written in Russian: 0,5 and −3."""
    return f"{value:g}".replace(".", ",").replace("-", "−").replace("inf", "∞")


def _list(values: Sequence[float]) -> str:
    return "; ".join(_number(value) for value in values)


QUESTIONS: dict[str, Callable[[str, Notebook], Iterator[Example]]] = {
    "temperature_probs": _exact(TEMPERATURE, reference.temperature_probs, "T", "логиты"),
    "top_k_probs": _exact(TOP_K, reference.top_k_probs, "k", "логиты"),
    "nucleus_probs": _exact(NUCLEUS, reference.nucleus_probs, "p", "вероятности"),
    "entropy": _entropies,
    "draw": _draws,
    "Sampler": _sampler,
    "generate": _texts,
}
