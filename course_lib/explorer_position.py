"""Where the explorer's controls may stand, and the Sampler that does what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from course_lib import families
from course_lib.sampler import Sampler

KS = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000, 2000, 5000, 10000, 20000, 50000)
SMALL = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1)
SHARES = tuple(round(step / 100, 2) for step in range(5, 101))


@dataclass(frozen=True)
class Cut:
    """A way of cutting the tail: its button, how a Sampler does it, its slider."""

    title: str
    colour: str
    modes: Mapping[str, str]
    argument: str | None = None  # of Sampler: what the slider sets
    label: str = ""
    values: Sequence[float] = ()
    first: float | None = None

    def values_for(self, vocabulary: int) -> list[float]:
        """Where the slider may stand: no k beyond the vocabulary."""
        if self.argument != "k":
            return list(self.values)
        return [k for k in self.values if k < vocabulary] + [vocabulary]


CUTS = {
    "all": Cut("ничего", families.BLUE, {"sample_mode": "random"}),
    "topk": Cut("top-k", families.ORANGE, {"prob_mode": "topk", "sample_mode": "random"}, "k", "k", KS, 10),
    "nucleus": Cut("nucleus", families.GREEN, {"sample_mode": "nucleus"}, "p", "p", SHARES, 0.9),
    "min_p": Cut("min-p", families.CRIMSON, {"sample_mode": "min_p"}, "min_p", "min-p", SMALL, 0.1),
    "typical": Cut("typical", families.BROWN, {"sample_mode": "typical"}, "typical_p", "τ", SHARES, 0.9),
}


@dataclass(frozen=True)
class Position:
    """Where all the controls stand."""

    text: str
    cut: str
    value: float | None
    temp: float
    penalty: float
    seed: int

    def __str__(self) -> str:
        cut = CUTS[self.cut]
        parts = [f"T = {self.temp:.2f}"]
        parts += [f"{cut.title}: {cut.label} = {self.value:g}"] if cut.argument else []
        parts += [f"штраф {self.penalty:g}"] if self.penalty != 1 else []
        return ", ".join(parts)

    def sampler(self) -> Sampler:
        """The Sampler that does what the controls say."""
        cut = CUTS[self.cut]
        chosen = {cut.argument: self.value} if cut.argument else {}
        return Sampler(**cut.modes, **chosen, temp=self.temp, repetition_penalty=self.penalty)

    def uncut(self) -> Sampler:
        """The same with the whole vocabulary."""
        return Sampler(sample_mode="random", temp=self.temp, repetition_penalty=self.penalty)
