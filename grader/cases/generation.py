"""Cases of `generate(model, sampler, n_samples, start_id, end_id, max_length)`, with a model that plays a tape."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from course_lib import tapes
from course_lib.tapes import Tape, TapeModel, TapeSampler
from grader.cases.asking import AnswerError, Examination, WrongAnswer, sentence_of
from grader.misconceptions.base import Observation, Raised

VOCAB = 16
CHECKS: dict[str, tuple[Callable, ...]] = {
    "tokens": (tapes.check_start, tapes.check_tokens),
    "calls": (tapes.check_calls,),
    "endings": (tapes.check_length, tapes.check_silence),
    "entropy": (tapes.check_mean_entropy,),
}


@dataclass(frozen=True)
class Played:
    """What `generate` returned for a tape, and the model that noticed how it was called."""

    result: Any
    tape: Tape
    model: TapeModel
    max_length: int


def examine_tapes(exam: Examination) -> dict[str, str | None]:
    """Complaints by property, of every tape; a loop that raises fails them all."""
    played = [play(exam, *numbers) for numbers in _sizes(exam.rng)]
    complaints = {}
    for name, checks in CHECKS.items():
        for one in played:
            if isinstance(one, WrongAnswer):
                exam.complaint = exam.complaint or str(one)
                continue
            for check in checks:
                exam.attempt(lambda check=check, one=one: check(one.result, one.tape, one.model, one.max_length))
        complaints[name] = exam.take_complaint()
    if complaints["tokens"] and complaints["calls"]:  # wrong calls are why the tokens are wrong
        complaints["tokens"] = complaints["calls"]
    return complaints


def _sizes(rng: np.random.Generator) -> list[tuple[int, tuple[int, ...], int]]:
    """(rows, where each ends, max_length)"""
    return [
        (5, (3, 7, 1, 9, 4), 30),  # rows end one after another
        (1, (6,), 30),
        (4, (0, 0, 0, 0), 6),  # 0: never; max_length cuts
        (4, (2, 0, 5, 0), 8),
        (3, (5, 5, 5), 5),  # ends exactly at max_length
        (3, (1, 1, 1), 10),  # ends at once
        (2, (0, 1), 1),
        (6, tuple(int(end) for end in rng.integers(1, 20, 6)), 25),
    ]


def play(exam: Examination, rows: int, ends: tuple[int, ...], max_length: int) -> Played | WrongAnswer:
    """Let the loop play a fresh tape; the complaint if it raises. Kept as an observation."""
    tape = random_tape(exam.rng, rows, ends, length=max_length + 2)
    model = TapeModel(tape, torch.device("cpu"))
    args = (model, TapeSampler(), rows, tape.start_id, tape.end_id, max_length)
    try:
        result = exam.notebook.call(exam.task, *args).value
    except AnswerError as error:
        outcome = Raised(error.type_name, error.message)
        exam.evidence.observations.append(Observation((tape, rows, max_length), outcome))
        return WrongAnswer(sentence_of(exam.task, error))
    seen = (*result, model.calls) if isinstance(result, tuple) else (result, None, model.calls)
    exam.evidence.observations.append(Observation((tape, rows, max_length), seen))
    return Played(result, tape, model, max_length)


def random_tape(rng: np.random.Generator, rows: int, ends: tuple[int, ...], length: int) -> Tape:
    """A tape whose row r ends with its ends[r]-th token (0: never); after that come traps of high entropy."""
    start_id, end_id, *others = rng.permutation(VOCAB - 1).tolist()
    tokens = rng.choice(others, (rows, length))
    entropies = rng.integers(0, 256, (rows, length)) / 64
    for row, end in enumerate(ends):
        if end:
            tokens[row, end - 1] = end_id
            entropies[row, end:] += 8
    played = tuple(map(tuple, tokens.tolist())), tuple(map(tuple, entropies.tolist()))
    return Tape(*played, vocab_size=VOCAB, start_id=start_id, end_id=end_id)
