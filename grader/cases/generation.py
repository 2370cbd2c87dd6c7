"""Cases of `generate(model, sampler, n_samples, start_id, end_id, max_length)`, with a model that plays a tape."""

from collections.abc import Callable

import numpy as np

from course_lib.tapes import Tape, TapeModel, TapeSampler, check_loop
from grader.cases.asking import WrongAnswer, ask, default_device

VOCAB = 16


def grade_generate(function: Callable, seed: int | None = None) -> None:
    """WrongAnswer on the first tape that the loop does not follow."""
    rng = np.random.default_rng(seed)
    for rows, ends, max_length in (
        (5, (3, 7, 1, 9, 4), 30),  # rows end one after another
        (1, (6,), 30),
        (4, (0, 0, 0, 0), 6),  # 0: never; max_length cuts
        (4, (2, 0, 5, 0), 8),
        (3, (5, 5, 5), 5),  # ends exactly at max_length
        (3, (1, 1, 1), 10),  # ends at once
        (2, (0, 1), 1),
        (6, tuple(int(end) for end in rng.integers(1, 20, 6)), 25),
    ):
        tape = random_tape(rng, rows, ends, length=max_length + 2)
        model = TapeModel(tape, default_device())
        result = ask("generate", function, model, TapeSampler(), rows, tape.start_id, tape.end_id, max_length)
        try:
            check_loop(result, tape, model, max_length)
        except AssertionError as error:
            raise WrongAnswer(str(error)) from error


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
