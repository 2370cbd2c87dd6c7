"""Cases of `class Sampler`: the ValueErrors that it owes its user, in greedy modes as well as in random ones."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from torch import Tensor

from grader.cases.asking import AnswerError, Examination, WrongAnswer, sentence_of
from grader.cases.exact import INF
from grader.cases.probes import random_logits, to_tensor
from grader.misconceptions.base import Observation, Raised

NAN = float("nan")
GOOD = {"prob_mode": "temperature", "sample_mode": "random", "temp": 1.0, "k": None, "p": None}
GREEDY = {"sample_mode": "greedy"}
TOP_K = {"prob_mode": "topk", "k": 2}
NUCLEUS = {"sample_mode": "nucleus", "p": 0.8}

BAD_TEMPS = (0, -0.5, INF, NAN)
BAD_KS = (None, 0, -3)
BAD_PS = (None, NAN, 0.0, -0.1, 1.01)
BAD_SETTINGS: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("temp", {"temp": temp, **mode}) for temp in BAD_TEMPS for mode in ({}, GREEDY)),
    *(("k", {"prob_mode": "topk", "k": k, **mode}) for k in BAD_KS for mode in ({}, GREEDY)),
    *(("p", {"sample_mode": "nucleus", "p": p, **mode}) for p in BAD_PS for mode in ({}, TOP_K)),
    *(("prob_mode", {"prob_mode": "top_p", **mode}) for mode in ({}, GREEDY)),
    *(("sample_mode", {"sample_mode": "beam", **mode}) for mode in ({}, TOP_K)),
)
"""(argument, what is set): each in two modes, wherever the homework's table knows no exception."""

MODES: tuple[dict[str, Any], ...] = ({}, GREEDY, TOP_K, NUCLEUS)


def bad_logits(rng: np.random.Generator) -> Iterator[tuple[str, dict[str, Any], Tensor]]:
    """(what is wrong, what is set, logits), in sizes and at places that tell nothing."""
    for about, value, whole_row in (
        ("в строке есть NaN", NAN, False),
        ("в строке есть +inf", INF, False),
        ("в строке одни −inf", -INF, True),
    ):
        for mode in (GREEDY, MODES[rng.choice((0, 2))], NUCLEUS):
            logits = random_logits(rng, int(rng.integers(2, 7)), int(rng.integers(3, 12)))
            row = int(rng.integers(len(logits)))
            logits[row, slice(None) if whole_row else int(rng.integers(logits.shape[1]))] = value
            yield about, mode, logits
    for mode in (GREEDY, {}):
        yield "логиты не двумерны", mode, random_logits(rng, 1, int(rng.integers(3, 12)))[0]
        yield "логиты не двумерны", mode, random_logits(rng, int(rng.integers(1, 5)), int(rng.integers(3, 12)))[None]


def examine_errors(exam: Examination) -> dict[str, str | None]:
    """The complaint about property "errors": a ValueError wherever it is owed, and nowhere else."""
    cases = [
        (f"{name} = {bad[name]}", bad, random_logits(exam.rng, 2, int(exam.rng.integers(3, 12))))
        for name, bad in BAD_SETTINGS
    ]
    cases += bad_logits(exam.rng)
    fine = to_tensor([[0.5, 1.0, 2.0]])
    for mode in MODES:  # one that refuses everything refuses nothing
        exam.attempt(lambda mode=mode: exam.sample(exam.make({**GOOD, **mode}), {**GOOD, **mode}, fine))
    for about, bad, logits in cases:
        exam.attempt(lambda args=(about, {**GOOD, **bad}, logits): _check_refused(exam, *args))
    return {"errors": exam.take_complaint()}


def _check_refused(exam: Examination, about: str, chosen: dict[str, Any], logits: Tensor) -> None:
    """WrongAnswer unless a sampler of these settings, given these logits, raises ValueError."""
    observations = exam.evidence.observations
    try:
        returned = exam.notebook.sample(exam.notebook.create(exam.task, chosen), logits)
    except AnswerError as error:
        observations.append(Observation((chosen, logits), Raised(error.kind or error.type_name, error.message)))
        if error.kind == "ValueError":
            return
        if error.kind == "NotImplementedError":
            raise WrongAnswer(sentence_of(exam.task, error)) from error
        raise WrongAnswer(f"{exam.task}: {about} — нужна ValueError, а случилась {error.type_name}.") from error
    observations.append(Observation((chosen, logits), returned.value, returned.changed))
    raise WrongAnswer(f"{exam.task}: {about} — так работать нельзя, нужна ValueError с понятным сообщением.")
