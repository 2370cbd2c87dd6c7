"""The tape that hidden cases play: nothing can be read from its logits and states, they can only be handed on.

The model's logits and states are random numbers that stand for "row r, step t". Whoever gives the sampler the very
logits learns the token, whoever gives the model the very h and c of a row (and the token that the sampler told) goes on
from there. All numbers follow from `SecretTape.secret`, so that a loop can be played again; see `perform`.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_lib import tapes
from course_lib.tapes import Place, State, Tape, TapeModel, TapeSampler

SPREAD = 30.0
"""Standard deviation of a logit: a loop that clips them or rounds them hands over others."""

PROBABILITIES = -1.0
"""What stands for the entropy where the sampler got probabilities; no other mistake makes it."""

Step = tuple[int, int]
"""A row of the tape and one of its tokens: tokens[row][index]."""


@dataclass(frozen=True)
class SecretTape(Tape):
    """A tape, the seed of the numbers that stand for its steps, and the token that a strayed row is told."""

    secret: int
    hidden_size: int
    lost: int

    @cached_property
    def states(self) -> np.ndarray:
        """[h and c, on the tape and astray, rows, tokens heard, hidden_size]"""
        return self._numbers(0, (2, 2, len(self.tokens), len(self.tokens[0]) + 1, self.hidden_size))

    @cached_property
    def logits(self) -> np.ndarray:
        """[on the tape and astray, rows, tokens heard, V]"""
        return np.float32(SPREAD) * self._numbers(1, (2, len(self.tokens), len(self.tokens[0]) + 1, self.vocab_size))

    def _numbers(self, which: int, shape: tuple[int, ...]) -> np.ndarray:
        return np.random.default_rng([self.secret, which]).standard_normal(shape, dtype=np.float32)


def perform(tape: Tape) -> tuple[TapeModel, TapeSampler]:
    """The model and the sampler that play a tape, on the CPU."""
    if not isinstance(tape, SecretTape):
        return TapeModel(tape, torch.device("cpu")), TapeSampler()
    model = SecretModel(tape)
    return model, model.sampler


def heard(result: Any, model: TapeModel) -> tuple:
    """What a loop returned and the calls that the model heard: of a pair (ids, mean entropy, calls)."""
    return (*result, model.calls) if isinstance(result, (tuple, list)) else (result, None, model.calls)


def _keys(rows: Tensor) -> list[bytes]:
    """What is the same for equal rows, and for no others."""
    return [row.tobytes() for row in rows.detach().cpu().float().numpy()]


class SecretModel(TapeModel):
    """See `TapeModel`. `at`: where the rows were that it answered last; `heard`: which of the told tokens it got."""

    def __init__(self, tape: SecretTape):
        super().__init__(tape, torch.device("cpu"))
        self.tape: SecretTape = tape
        self.hidden_size = tape.hidden_size
        self.sampler = SecretSampler(self)
        self.at: list[Place] = []
        self.heard: dict[Step, int] = {}
        self._known: tuple[dict[bytes, Place], ...] = ({}, {})  # the h and the c that were given out

    def forward(self, input_ids: Tensor, init_states: State | None = None) -> tuple[Tensor, State]:
        """See `TapeModel`. ValueError as well for more tokens at once than all texts have."""
        tokens = self.tape.tokens
        if isinstance(input_ids, Tensor) and input_ids.numel() > len(tokens) * (len(tokens[0]) + 1):
            raise ValueError(f"модель получила сразу {input_ids.numel()} токенов, больше, чем во всех текстах вместе")
        return super().forward(input_ids, init_states)

    def _places(self, states: State | None, batch: int) -> list[Place]:
        if states is None:
            return self._beginnings(batch)
        h, c = self._checked(states, batch)
        if not h.any() and not c.any():
            return self._beginnings(batch)
        found = [map(known.get, _keys(part)) for known, part in zip(self._known, (h, c), strict=True)]
        pairs = list(enumerate(zip(*found, strict=True)))
        self.mixed += any(self._is_lost(i, batch, *pair) for i, pair in pairs)
        return [self._place(i, *pair) for i, pair in pairs]

    def _is_lost(self, i: int, batch: int, of_h: Place | None, of_c: Place | None) -> bool:
        """Whether a row came without its state; what becomes of a text that has ended is nobody's business."""
        return (of_h is None or of_h != of_c) and not (batch == len(self.tape.tokens) and self.sampler.has_ended(i))

    def _place(self, i: int, of_h: Place | None, of_c: Place | None) -> Place:
        if of_h is not None and of_h == of_c:
            return of_h
        row, step, _ = of_h or of_c or (i % len(self.tape.tokens), 0, True)
        return row, step, True

    def _moved(self, place: Place, token: int) -> Place:
        row, step, strayed = place
        if step and not strayed and self._is_last(row, step, token):
            self.heard[row, step - 1] = token
        return super()._moved(place, token)

    def _is_last(self, row: int, step: int, token: int) -> bool:
        return token in self.sampler.told.get((row, step - 1), ()) if step else token == self.tape.start_id

    def _has_ended(self, row: int, step: int) -> bool:
        return self.sampler.has_ended(row, step)

    def _scores(self, place: Place) -> Tensor:
        logits = self.tape.logits[self._where(place)]
        self.sampler.known[logits.tobytes()] = place
        return torch.from_numpy(logits)

    def _where(self, place: Place) -> tuple[int, int, int]:
        row, step, strayed = place
        return int(strayed), row, min(step, len(self.tape.tokens[row]))

    def _state(self, places: list[Place]) -> State:
        self.at = places
        where = [self._where(place) for place in places]
        state = []
        for known, part in zip(self._known, self.tape.states, strict=True):
            rows = [part[one] for one in where]
            known.update((row.tobytes(), place) for row, place in zip(rows, places, strict=True))
            state.append(torch.from_numpy(np.stack(rows)))
        return state[0], state[1]


class SecretSampler(TapeSampler):
    """Tells the tape's token to whoever hands over the very logits of its step, and another one if it is asked again.

    `told`: all tokens told of a step. `ends`: by row, where its end was told. `asked`: rows of logits that came,
    `changed`: those that the model never made, `again`: those of a step that had been asked before. What is asked of a
    text that has ended does not count.
    """

    def __init__(self, model: SecretModel):
        self.model, self.tape = model, model.tape
        self.told: dict[Step, list[int]] = {}
        self.ends: dict[int, int] = {}
        self.asked = self.changed = self.again = 0
        self.known: dict[bytes, Place] = {}  # the logits that the model gave out

    def sample(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """ValueError if the logits are not 2-D, or if there are more rows than texts."""
        if len(self._checked(logits)) > len(self.tape.tokens):
            raise ValueError(f"sampler.sample получил строк: {len(logits)}, а текстов всего {len(self.tape.tokens)}")
        places = [self.known.get(key) for key in _keys(logits)]
        self.asked += len(places)
        answers = [
            self._told(place) if place is not None else self._guess(logits[i], i, len(places))
            for i, place in enumerate(places)
        ]
        tokens, entropies = zip(*answers, strict=True) if answers else ((), ())
        return torch.tensor(tokens, dtype=torch.int64), torch.tensor(entropies, dtype=torch.float32)

    def has_ended(self, row: int, step: int | None = None) -> bool:
        """Whether a row was told its end, before a step if one is given."""
        return row in self.ends and (step is None or self.ends[row] < step)

    def _told(self, place: Place) -> tuple[int, float]:
        row, step, strayed = place
        return (self.tape.lost, 0.0) if strayed else (self._tell(row, step - 1), self.tape.entropies[row][step - 1])

    def _guess(self, logits: Tensor, i: int, batch: int) -> tuple[int, float]:
        """The answer to logits that the model never made, in the i-th of so many rows."""
        place = self.model.at[i] if batch == len(self.model.at) else None
        row = place[0] if place else i
        if (place or batch == len(self.tape.tokens)) and self.has_ended(row):
            return int(logits.argmax()), 0.0  # some make the end certain where a text has ended
        self.changed += 1
        entropy = PROBABILITIES if _are_probabilities(logits) else 0.0
        strayed = place is None or place[2]
        return (self.tape.lost, 0.0) if strayed else (self._tell(row, place[1] - 1), entropy)

    def _tell(self, row: int, index: int) -> int:
        told = self.told.get((row, index))
        if told is None:
            token = self.tape.tokens[row][index]
            self.told[row, index] = [token]
            if token == self.tape.end_id:
                self.ends[row] = min(index, self.ends.get(row, index))
            return token
        self.again += not self.has_ended(row, index)
        others = [t for t in range(self.tape.vocab_size) if t not in (self.tape.end_id, self.tape.lost, *told)]
        if others:
            told.append(others[(told[0] + len(told)) % len(others)])
        return told[-1]


def _are_probabilities(row: Tensor) -> bool:
    """Whether these are probabilities, or their logarithms."""
    row = row.double()
    exponents = row.exp() if bool((row <= 0).all()) else row
    return bool((exponents >= 0).all()) and abs(float(exponents.sum()) - 1) < 1e-3


def spoken(model: SecretModel, ids: Any) -> Tape:
    """The tape as this loop has it: of the tokens told of one step that which went on to the model (or into ids)."""
    tape, told = model.tape, model.sampler.told
    if not model.sampler.again:
        return tape
    rows = [list(row) for row in tape.tokens]
    for (row, index), tokens in told.items():
        written = int(ids[row, index + 1]) if _holds(ids, row, index + 1) else tokens[0]
        rows[row][index] = model.heard.get((row, index), written if written in tokens else tokens[0])
    return replace(tape, tokens=tuple(map(tuple, rows)))


def _holds(ids: Any, row: int, column: int) -> bool:
    return isinstance(ids, Tensor) and ids.dim() == 2 and row < ids.shape[0] and column < ids.shape[1]


def check_handed(result: Any, tape: Tape, model: SecretModel, max_length: int) -> None:
    """AssertionError unless the sampler got the very logits that the model returned."""
    sampler = model.sampler
    assert sampler.asked, "generate: sampler ни разу не спросили, а токены выбирает именно он."
    assert not sampler.changed, (
        "generate: sampler получил не те логиты, что вернула модель. Отдайте их ему как есть: остальное — его дело."
    )


def check_told(result: Any, tape: Tape, model: SecretModel, max_length: int) -> None:
    """AssertionError unless every row holds what the sampler told, the same token that the model heard."""
    try:
        tapes.check_tokens(result, tape, model, max_length)
    except AssertionError:
        assert not model.sampler.again, (
            "generate: sampler спросили об одном шаге несколько раз, и в ids стоит не тот токен, с которым текст пошёл "
            "дальше. Каждый вопрос — новый жребий."
        )
        raise
