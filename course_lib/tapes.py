"""A stand-in for the language model, to check a generation loop: it plays a tape and notices how it is called.

Row r at step t says the token `tokens[r][t]`, but only if it is given back its own state and its own last token; a loop
that loses either strays from the tape. The sampler that goes with it reads token and entropy from the logits, so the
outcome of a right loop is known to the last bit.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from course_lib.expect import check_tensor, is_pair, type_name

State = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Tape:
    """What to play: tokens[r][t], with entropies[r][t] in nats. What stands after a row's first `end_id` is a trap."""

    tokens: tuple[tuple[int, ...], ...]
    entropies: tuple[tuple[float, ...], ...]
    vocab_size: int
    start_id: int
    end_id: int

    def lengths(self, max_length: int) -> list[int]:
        """Tokens generated in each row: up to and including the first `end_id`, at most `max_length`."""
        return [
            row[:max_length].index(self.end_id) + 1 if self.end_id in row[:max_length] else max_length
            for row in self.tokens
        ]

    def ids(self, max_length: int) -> list[list[int]]:
        """What a right loop returns: start_id, the tokens, then end_id to the length of the longest row."""
        lengths = self.lengths(max_length)
        rows = zip(self.tokens, lengths, strict=True)
        return [[self.start_id, *row[:n], *[self.end_id] * (max(lengths) - n)] for row, n in rows]

    def mean_entropy(self, max_length: int) -> float:
        """Mean over the tokens really generated, all rows together."""
        used = [e for row, n in zip(self.entropies, self.lengths(max_length), strict=True) for e in row[:n]]
        return sum(used) / len(used)


SAID = 25.0
"""The logit of the token that the tape says, less its entropy: large, so that a loop that clips logits is seen."""

Place = tuple[int, int, bool]
"""Where a row of the batch is: the tape's row, how many tokens it has heard, whether it has strayed."""


class TapeModel(nn.Module):
    """Called like `course_lib.model.LSTM`; the state h[B, 3] holds (row + 1, tokens heard, strayed), and c = h + 100.

    Notes for the messages, how many calls came: `fresh` without a state, `long` with more than one token, `mixed` with
    a state that was never returned, `other` with a token that was not the last one. `calls` lists them all: the shape
    of input_ids, and whether a state was given.
    """

    hidden_size = 3

    def __init__(self, tape: Tape, device: torch.device):
        super().__init__()
        self.tape = tape
        self.output = nn.Linear(1, 1, bias=False, device=device)  # so that parameters() tells the device
        self.vocab_size = tape.vocab_size
        self.fresh = self.long = self.mixed = self.other = 0
        self.calls: list[tuple[tuple[int, int], bool]] = []

    @torch.no_grad()
    def forward(self, input_ids: Tensor, init_states: State | None = None) -> tuple[Tensor, State]:
        """input_ids int64[B, T] -> (logits[B, T, V], (h[B, H], c[B, H])). ValueError if a shape does not fit."""
        if not isinstance(input_ids, Tensor) or input_ids.dim() != 2 or input_ids.dtype != torch.int64:
            got = f"{input_ids.dtype}{list(input_ids.shape)}" if isinstance(input_ids, Tensor) else type_name(input_ids)
            raise ValueError(f"модель ждёт номера токенов int64 формы [B, 1], а получила {got}")
        self.calls.append((tuple(input_ids.shape), init_states is not None))
        places = self._places(init_states, len(input_ids))
        self.long += input_ids.shape[1] != 1
        logits = []
        for column in input_ids.T.tolist():
            places = [self._moved(place, token) for place, token in zip(places, column, strict=True)]
            logits.append(torch.stack([self._scores(place) for place in places]))
        device = self.output.weight.device
        h, c = self._state(places)
        return torch.stack(logits, dim=1).to(device), (h.to(device), c.to(device))

    def _places(self, states: State | None, batch: int) -> list[Place]:
        """Where the rows of a batch are, by the state that they come with."""
        if states is not None:
            h, c = self._checked(states, batch)
            if h.any():
                paired = (c == h + 100).all(dim=1).tolist()
                self.mixed += not all(paired)
                rows = [[int(value) for value in row] for row in h.tolist()]
                return [
                    ((row - 1) % len(self.tape.tokens), step, bool(strayed) or not known)
                    for (row, step, strayed), known in zip(rows, paired, strict=True)
                ]
        return self._beginnings(batch)

    def _checked(self, states: State, batch: int) -> State:
        """The pair of states. ValueError if a shape does not fit."""
        h, c = states
        for name, s in (("h", h), ("c", c)):
            if tuple(s.shape) != (batch, self.hidden_size):
                raise ValueError(f"{name}: нужна форма {[batch, self.hidden_size]}, а получена {list(s.shape)}")
        return h, c

    def _beginnings(self, batch: int) -> list[Place]:
        self.fresh += 1
        return [(row % len(self.tape.tokens), 0, False) for row in range(batch)]

    def _moved(self, place: Place, token: int) -> Place:
        """Where a row is when it has heard one more token."""
        row, step, strayed = place
        astray = not self._is_last(row, step, token) and not self._has_ended(row, step)
        self.other += astray and not strayed
        return row, step + 1, strayed or astray or step >= len(self.tape.tokens[row])

    def _is_last(self, row: int, step: int, token: int) -> bool:
        """Whether this is the row's last token before a step."""
        played = self.tape.tokens[row]
        return token == (played[step - 1] if 0 < step <= len(played) else self.tape.start_id)

    def _has_ended(self, row: int, step: int) -> bool:
        """Whether the row's text has ended before a step."""
        return self.tape.end_id in self.tape.tokens[row][:step]

    def _scores(self, place: Place) -> Tensor:
        """The logits[V] of the token that follows."""
        row, step, strayed = place
        scores = torch.full((self.vocab_size,), -2 * SAID)
        scores[self.vocab_size - 1] = 2 * SAID  # a bait for loops that take the arg max and don't ask the sampler
        if not strayed:
            scores[self.tape.tokens[row][step - 1]] = SAID + self.tape.entropies[row][step - 1]
        return scores

    def _state(self, places: list[Place]) -> State:
        h = torch.tensor([(row + 1, step, strayed) for row, step, strayed in places], dtype=torch.float32)
        return h, h + 100


class TapeSampler:
    """Reads from the logits what the tape says: `.sample(logits[B, V]) -> (tokens int64[B], entropy float32[B])`.

    No tape says the last token; it stands for a row that has strayed.
    """

    def sample(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """ValueError if the logits are not 2-D."""
        best, tokens = self._checked(logits)[:, :-1].float().max(dim=1)
        strayed = best < 0
        return tokens.masked_fill(strayed, logits.shape[1] - 1), (best - SAID).masked_fill(strayed, 0.0)

    def _checked(self, logits: Tensor) -> Tensor:
        """The logits. ValueError if they are not 2-D."""
        if not isinstance(logits, Tensor) or logits.dim() != 2:
            got = list(logits.shape) if isinstance(logits, Tensor) else type_name(logits)
            raise ValueError(f"sampler.sample ждёт логиты последнего шага, форма [B, V], а получил {got}")
        return logits


def check_loop(result: Any, tape: Tape, model: TapeModel, max_length: int) -> None:
    """AssertionError with a sentence about the first thing wrong with what `generate` returned for this tape."""
    for check in (check_start, check_calls, check_length, check_tokens, check_silence, check_mean_entropy):
        check(result, tape, model, max_length)


def _pair(result: Any, tape: Tape) -> tuple[Tensor, Any]:
    assert is_pair(result), f"generate: нужна пара (ids, средняя энтропия), а вернулся объект типа {type_name(result)}."
    ids, rows = result[0], len(tape.tokens)
    assert isinstance(ids, Tensor) or not isinstance(result[1], Tensor), (
        "generate: в паре перепутан порядок: сначала ids, потом средняя энтропия."
    )
    assert isinstance(ids, Tensor), f"generate: ids — тензор, а вернулся объект типа {type_name(ids)}."
    assert ids.dim() != 2 or len(ids) == rows or ids.shape[1] != rows, (
        "generate: строки и столбцы ids поменялись местами: строка — это один текст, столбец — один шаг."
    )
    assert ids.dim() == 2 and len(ids) == rows, (
        f"generate: ids должен быть тензором формы [{rows}, L + 1]: по строке на каждый текст."
    )
    return ids, result[1]


def check_start(result: Any, tape: Tape, model: TapeModel, max_length: int) -> None:
    """AssertionError unless there is a row of ids for each text, and it begins with start_id."""
    ids, _ = _pair(result, tape)
    starts = set(ids[:, :1].flatten().tolist())
    assert starts == {tape.start_id}, (
        f"generate: каждая строка должна начинаться с start_id={tape.start_id}: с него начинается всякий текст."
    )


def check_calls(result: Any, tape: Tape, model: TapeModel, max_length: int) -> None:
    """AssertionError unless the model got, step by step, the last token and the state that it had returned."""
    rows = len(tape.tokens)
    assert rows == 1 or model.fresh != rows or any(shape[0] > 1 for shape, _ in model.calls), (
        "generate: тексты пишутся по одному, а модель умеет продолжать все сразу: строка батча — это текст."
    )
    assert not model.long, (
        "generate: модель получила сразу несколько токенов, хотя всё прошлое уже лежит в состоянии (h, c), "
        "а новым для неё будет только последний токен."
    )
    assert model.fresh <= 1, (
        "generate: модель на каждом шаге начинает с чистого листа: что она вернула вместе с логитами и куда это делось?"
    )
    assert not model.mixed, (
        "generate: модель получила не то состояние (h, c), которое вернула шагом раньше: на место ли попали h и c?"
    )
    assert not model.other, "generate: модель получила не тот токен, который только что выбрал sampler."


def check_length(result: Any, tape: Tape, model: TapeModel, max_length: int) -> None:
    """AssertionError unless the loop stopped when all rows had ended or had max_length tokens."""
    ids, _ = _pair(result, tape)
    longest = max(tape.lengths(max_length)) + 1
    columns = ids.shape[1]
    if columns != longest:
        raise AssertionError(
            f"generate: в ids столбцов {columns}, а нужно {longest}: {_why_not(columns, tape, max_length)}."
        )
    check_tensor(ids, "generate, ids", (len(tape.tokens), longest), torch.int64, ids.device)


def _why_not(columns: int, tape: Tape, max_length: int) -> str:
    """What a wrong number of columns says about the loop."""
    lengths = tape.lengths(max_length)
    longest = max(lengths) + 1
    if columns > longest:
        return "когда закончились все строки, пора остановиться" if longest <= max_length else _TOO_MANY
    if columns == min(lengths) + 1:
        return "цикл кончился вместе с первым из текстов, а остальные ещё не договорили"
    return _TOO_FEW if longest > max_length else "токен конца тоже выбрал sampler, и он входит в текст"


_TOO_MANY = "начальный токен в max_length не входит, его никто не порождал, а новых токенов уже больше, чем можно"
_TOO_FEW = "новых токенов может быть ровно max_length, и начальный токен в счёт не входит"


def check_tokens(result: Any, tape: Tape, model: TapeModel, max_length: int) -> None:
    """AssertionError unless every row holds what the sampler chose, up to the row's end."""
    ids, _ = _pair(result, tape)
    lengths = tape.lengths(max_length)
    for row, (got, right, n) in enumerate(zip(ids.tolist(), tape.ids(max_length), lengths, strict=True)):
        assert len(got) > n, (
            f"generate: в строке {row} токенов {len(got)}, а sampler выбрал {n} после start_id: где остальные?"
        )
        assert got[: n + 1] == right[: n + 1], (
            f"generate: в строке {row} не те токены, что выбрал sampler: {_difference(got, right)}."
        )


def check_silence(result: Any, tape: Tape, model: TapeModel, max_length: int) -> None:
    """AssertionError unless a row that has ended holds nothing but end_id."""
    ids, _ = _pair(result, tape)
    for row, (got, right) in enumerate(zip(ids.tolist(), tape.ids(max_length), strict=True)):
        filler = set(got[: len(right)]) - set(right)
        assert got == right or not filler <= {0, tape.start_id, -100} or len(filler) != 1, (
            f"generate: строка {row} дополнена не тем: после конца текста в ней стоит только end_id={tape.end_id}."
        )
        assert got == right, (
            f"generate: строка {row} ожила после токена конца, хотя законченный текст должен молчать, пока "
            f"договаривают остальные: {_difference(got, right)}."
        )


def _difference(got: list[int], right: list[int]) -> str:
    place = next((i for i, pair in enumerate(zip(got, right, strict=False)) if pair[0] != pair[1]), None)
    if place is None:
        return f"их {len(got)}, а должно быть {len(right)}"
    return f"на месте {place} стоит {got[place]}, а ожидается {right[place]}"


def check_mean_entropy(result: Any, tape: Tape, model: TapeModel, max_length: int) -> None:
    """AssertionError unless the mean entropy is a float, over the tokens that were really generated."""
    _, value = _pair(result, tape)
    is_float = isinstance(value, (float, np.floating))
    assert is_float, f"generate: средняя энтропия — число типа float, а вернулся объект типа {type_name(value)}."
    right = tape.mean_entropy(max_length)
    if abs(float(value) - right) <= 1e-4:
        return
    wrong = _wrong_means(tape, max_length)
    hint = next(
        (text for text, numbers in wrong.items() if any(abs(float(value) - one) <= 1e-4 for one in numbers)), ""
    )
    if not hint and value < 0:
        hint = "энтропия не бывает отрицательной, точно ли sampler получает логиты, а не вероятности?"
    got, due = (f"{number:.4f}".replace(".", ",").replace("-", "−") for number in (float(value), right))
    sentence = f"generate: средняя энтропия {got}, а должна быть {due}"
    raise AssertionError(f"{sentence}: {hint}" if hint else f"{sentence}.")


def _wrong_means(tape: Tape, max_length: int) -> dict[str, list[float]]:
    """What loops with a known mistake take for the mean entropy, by the hint about it."""
    lengths = tape.lengths(max_length)
    rows = list(zip(tape.entropies, lengths, strict=True))
    longest = max(lengths)
    used = [list(row[:n]) for row, n in rows]
    total = sum(map(sum, used))
    steps = [[row[t] for row, n in rows if t < n] for t in range(longest)]
    return {
        "в среднее попали шаги после конца текста, а этих токенов никто не порождал.": [
            _mean([e for row in tape.entropies for e in row[:longest]])
        ],
        "токен конца тоже выбирал sampler, и его энтропию нужно учесть.": [
            _mean([e for row, n in rows for e in row[: n - 1]])
        ],
        "усредняйте по всем токенам сразу, ведь у длинного текста голосов больше, чем у короткого.": [
            _mean([_mean(row) for row in used])
        ],
        "усредняйте по всем токенам сразу, ведь на последних шагах живых строк меньше.": [
            _mean([_mean(s) for s in steps])
        ],
        "сумму нужно делить на число порождённых токенов, а не на число мест в таблице.": [
            total / (len(rows) * longest),
            total / (len(rows) * (longest + 1)),
        ],
        "сумма энтропий ещё не среднее, её нужно поделить на число порождённых токенов.": [
            total,
            total / len(rows),
            total / longest,
        ],
        "start_id никто не порождал, в число токенов он не входит.": [total / (sum(lengths) + len(rows))],
        "это энтропия последнего шага, а нужна средняя по всем порождённым токенам.": [_mean(steps[-1])],
    }


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else float("nan")
