"""Cases of `generate(model, sampler, n_samples, start_id, end_id, max_length)`: a model plays a secret tape."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib import tapes
from course_lib.tapes import Tape
from grader.cases.asking import AnswerError, Examination, WrongAnswer, sentence_of
from grader.cases.secret_tape import SecretModel, SecretTape, check_handed, check_told, heard, perform, spoken
from grader.misconceptions.base import Observation, Raised

CHECKS: dict[str, tuple[Callable, ...]] = {
    "tokens": (tapes.check_start, check_told),
    "calls": (check_handed, tapes.check_calls),
    "endings": (tapes.check_length, tapes.check_silence),
    "entropy": (tapes.check_mean_entropy,),
}


@dataclass(frozen=True)
class Played:
    """What `generate` returned for a tape, and the model that noticed how it was called."""

    result: Any
    tape: Tape
    model: SecretModel
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
    one, few, several = (int(rng.integers(*bounds)) for bounds in ((2, 7), (3, 6), (5, 8)))
    long = int(rng.integers(32, 38))
    many = [int(end) for end in rng.integers(1, 20, rng.integers(7, 11))]
    return [
        (5, tuple(rng.permutation([1, 3, 4, 5 + one, 6]).tolist()), 30),  # rows end one after another
        (1, (one,), 30),
        (4, (0, 0, 0, 0), several),  # 0: never; max_length cuts
        (4, tuple(rng.permutation([2, 0, few, 0]).tolist()), several),
        (3, (few, few, few), few),  # ends exactly at max_length
        (3, (1, 1, 1), 10),  # ends at once
        (2, (0, 1), 1),
        (len(many) + 1, tuple(rng.permutation([*many, long - 1]).tolist()), long),  # many rows, one of them long
    ]


def play(exam: Examination, rows: int, ends: tuple[int, ...], max_length: int) -> Played | WrongAnswer:
    """Let the loop play a fresh tape; the complaint if it raises. Kept as an observation."""
    tape = random_tape(exam.rng, rows, ends, length=max_length + 2)
    model, sampler = perform(tape)
    args = (model, sampler, rows, tape.start_id, tape.end_id, max_length)
    try:
        result = exam.notebook.call(exam.task, *args).value
    except AnswerError as error:
        outcome = Raised(error.type_name, error.message)
        exam.evidence.observations.append(Observation((tape, rows, max_length), outcome))
        return WrongAnswer(sentence_of(exam.task, error))
    exam.evidence.observations.append(Observation((tape, rows, max_length), heard(result, model)))
    ids = result[0] if isinstance(result, (tuple, list)) and result else None
    return Played(result, spoken(model, ids), model, max_length)


def random_tape(rng: np.random.Generator, rows: int, ends: tuple[int, ...], length: int) -> SecretTape:
    """A tape whose row r ends with its ends[r]-th token (0: never); after that come traps of high entropy.

    Wherever there is room for it, start_id stands among the tokens of a text: it begins a text and ends none.
    """
    vocab_size = int(rng.integers(12, 20))
    start_id, end_id, lost, *others = rng.permutation(vocab_size).tolist()
    tokens = rng.choice([start_id, *others], (rows, length))
    entropies = rng.integers(0, 256, (rows, length)) / 64
    for row, end in enumerate(ends):
        tokens[row, int(rng.integers(0, end - 1 if end > 1 else length - 2))] = start_id
        if end:
            tokens[row, end - 1] = end_id
            entropies[row, end:] += 8
    played = tuple(map(tuple, tokens.tolist())), tuple(map(tuple, entropies.tolist()))
    secrets = {"secret": int(rng.integers(2**63)), "hidden_size": int(rng.integers(2, 9)), "lost": lost}
    return SecretTape(*played, vocab_size=vocab_size, start_id=start_id, end_id=end_id, **secrets)
