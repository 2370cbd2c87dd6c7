"""Our own generation loops, right and wrong, for the misconceptions of `generate`: one loop with things to choose."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass
class Run:
    """What a loop has seen when it stops: columns of ids, and per step the entropies and who was writing."""

    columns: list[Tensor]
    entropies: list[Tensor]
    writing: list[Tensor]
    tokens: list[Tensor]
    end_id: int

    def counted(self, step: int, which: str) -> list[float]:
        """The entropies of one step that count: of rows "writing", of "all", or of rows "before the end"."""
        writing = self.writing[step]
        mask = {
            "writing": writing,
            "all": torch.ones_like(writing),
            "before the end": writing & (self.tokens[step] != self.end_id),
        }[which]
        return self.entropies[step][mask].tolist()

    def all_counted(self, which: str) -> list[float]:
        """The same over all steps."""
        return [entropy for step in range(len(self.entropies)) for entropy in self.counted(step, which)]

    def rows(self) -> list[list[float]]:
        """The entropies of every row's own tokens."""
        found: list[list[float]] = [[] for _ in self.columns[0]]
        for values, mask in zip(self.entropies, self.writing, strict=True):
            for row in mask.nonzero().flatten().tolist():
                found[row].append(float(values[row]))
        return found


def mean(values: list[float]) -> float:
    """The mean of a list, NaN of an empty one."""
    return sum(values) / len(values) if values else math.nan


State = tuple[Tensor, Tensor]
CARRY: dict[str, Callable[[State], State | None]] = {
    "both": lambda state: state,
    "none": lambda state: None,
    "h only": lambda state: (state[0], torch.zeros_like(state[1])),
    "zeros": lambda state: (torch.zeros_like(state[0]), torch.zeros_like(state[1])),
}
MEANS: dict[str, Callable[[Run], Any]] = {
    "tokens": lambda run: mean(run.all_counted("writing")),
    "padding": lambda run: mean(run.all_counted("all")),
    "before the end": lambda run: mean(run.all_counted("before the end")),
    "rows": lambda run: mean([mean(row) for row in run.rows()]),
    "steps": lambda run: mean([mean(run.counted(step, "writing")) for step in range(len(run.entropies))]),
    "sum": lambda run: sum(run.all_counted("writing")),
    "sum per row": lambda run: sum(run.all_counted("writing")) / len(run.rows()),
    "sum per step": lambda run: sum(run.all_counted("writing")) / len(run.entropies),
    "all places": lambda run: sum(run.all_counted("writing")) / (len(run.rows()) * len(run.entropies)),
    "with the start": lambda run: sum(run.all_counted("writing")) / sum(len(row) + 1 for row in run.rows()),
    "last step": lambda run: mean(run.counted(len(run.entropies) - 1, "writing")),
    "without the end": lambda run: mean(  # of the steps whose tokens stand in the columns
        [e for row in run.rows() for e in row[: len(run.columns) - 1]]
    ),
    "tensor": lambda run: torch.tensor(mean(run.all_counted("writing"))),
    "each row": lambda run: torch.tensor([mean(row) for row in run.rows()]),
}
PAIRS: dict[str, Callable[[Tensor, Any], Any]] = {
    "right": lambda ids, value: (ids, value),
    "swapped": lambda ids, value: (value, ids),
    "ids only": lambda ids, value: ids,
    "no start": lambda ids, value: (ids[:, 1:], value),
    "no end": lambda ids, value: (ids[:, :-1], value),
    "transposed": lambda ids, value: (ids.T, value),
    "list": lambda ids, value: (ids.tolist(), value),
    "int32": lambda ids, value: (ids.int(), value),
    "float": lambda ids, value: (ids.float(), value),
}
STOP: dict[str, Callable[[Tensor, Tensor], bool]] = {  # (who is still writing, who was before this step)
    "all": lambda writing, before: not writing.any(),
    "first": lambda writing, before: not writing.all(),
    "never": lambda writing, before: False,
    "late": lambda writing, before: not before.any(),
}
USES = ("ids", "input")


class OwnChoice:
    """Takes the most likely token; only the entropy is the sampler's, or that of the whole softmax."""

    def __init__(self, sampler: Any, asks: bool):
        self.sampler, self.asks = sampler, asks

    def sample(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """See `course_lib.sampler.Sampler`."""
        probs = logits.softmax(dim=-1)
        own = -torch.xlogy(probs, probs).sum(dim=-1)
        return logits.argmax(dim=-1), self.sampler.sample(logits)[1] if self.asks else own


def loop(
    carry: str = "both",
    feed: str = "last",
    ended: str = "end",
    stop: str = "all",
    steps: int = 0,
    average: str = "tokens",
    pair: str = "right",
    unfinished: bool = False,
    logits_as: Callable[[Tensor], Tensor] = lambda logits: logits[:, -1],
    asks: tuple[str, ...] = ("ids input end entropy",),
    sampler_as: Callable[[Any], Any] = lambda sampler: sampler,
    ends_at_start: bool = False,
) -> Callable[..., Any]:
    """A `generate` in which single things are done in another way.

    Args:
        carry: what becomes of the state, a key of `CARRY`.
        feed: what the model gets: the "last" column, the whole "prefix", a "flat" vector, the "start" again and again.
        ended: what stands in rows that have ended: "end", "zero", "start", or what was "drawn".
        stop: when the loop ends early, a key of `STOP`, or "together": all rows said end_id in one step.
        steps: how many steps more than max_length.
        average: a key of `MEANS`.
        pair: a key of `PAIRS`.
        unfinished: whether the last column is left out where the loop ends early.
        logits_as: what the sampler gets of logits[B, T, V].
        asks: what each question of the sampler is for: tokens for "ids", for the model's next "input", to see whether
            it is the "end", and the "entropy".
        sampler_as: who is asked instead of the sampler.
        ends_at_start: whether start_id ends a text as well.
    """
    carried, averaged, paired = CARRY[carry], MEANS[average], PAIRS[pair]

    def generate(model: Any, sampler: Any, n_samples: int, start_id: int, end_id: int, max_length: int) -> Any:
        first = torch.full((n_samples,), start_id)
        filler = {"end": end_id, "zero": 0, "start": start_id}.get(ended)
        asked = sampler_as(sampler)
        writing, state, last = torch.ones(n_samples, dtype=torch.bool), None, first
        run = Run([first], [], [], [], end_id)
        for _ in range(max_length + steps):
            given = {
                "last": last[:, None],
                "prefix": torch.stack(run.columns, dim=1),
                "flat": last,
                "start": first[:, None],
            }[feed]
            logits, state = model(given, init_states=state)
            state = carried(state)
            got = {use: answer for uses in asks for answer in [asked.sample(logits_as(logits))] for use in uses.split()}
            tokens = got["end"][0]
            run.entropies.append(got["entropy"][1])
            run.writing.append(writing)
            run.tokens.append(tokens)
            column, last = (got[use][0] if filler is None else got[use][0].where(writing, filler) for use in USES)
            run.columns.append(column)
            before, writing = writing, writing & (tokens != end_id)
            if ends_at_start:
                writing = writing & (tokens != start_id)
            if (tokens == end_id).all() if stop == "together" else STOP[stop](writing, before):
                if unfinished:
                    run.columns.pop()
                break
        return paired(torch.stack(run.columns, dim=1), averaged(run))

    return generate


def one_by_one(model: Any, sampler: Any, n_samples: int, start_id: int, end_id: int, max_length: int) -> Any:
    """Every text has a loop of its own, with a batch of one."""
    texts, entropies = [], []
    for _ in range(n_samples):
        text, state = [start_id], None
        while len(text) <= max_length and (len(text) == 1 or text[-1] != end_id):
            logits, state = model(torch.tensor([[text[-1]]]), init_states=state)
            token, entropy = sampler.sample(logits[:, -1])
            text.append(int(token))
            entropies.append(float(entropy))
        texts.append(text)
    longest = max(map(len, texts))
    return torch.tensor([text + [end_id] * (longest - len(text)) for text in texts]), mean(entropies)
