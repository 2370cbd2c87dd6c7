"""Families of settings that differ in one number: how they are called, and in which colour and with which mark drawn.

The colours are after Okabe & Ito (2008), who chose them for colour-blind people; every family has a mark of its own as
well, so that nothing is told by colour alone.
"""

from __future__ import annotations

import re
from typing import NamedTuple

BLACK, GREY, BLUE, ORANGE, GREEN, PURPLE = "#222222", "#BDBDBD", "#0072B2", "#D55E00", "#007A5A", "#AA4499"
CRIMSON, BROWN, INDIGO = "#B3245F", "#86651B", "#4B4BA8"
NUMBER = re.compile(r"\d+(\.\d+)?")


class Family(NamedTuple):
    """Settings that differ in one number: how they are called and drawn."""

    title: str
    start: str  # of a setting's name, before its number
    colour: str
    marker: str
    is_path: bool = True  # its points are joined, from greedy to t=1


FAMILIES = {
    "temperature": Family("температура: t", "t=", BLUE, "o"),
    "topk": Family("top-k: k", "topk=", ORANGE, "s"),
    "nucleus": Family("nucleus: p", "nucleus=", GREEN, "^"),
    "min_p": Family("min-p", "min-p=", CRIMSON, "P", False),
    "typical": Family("typical: τ", "typical=", BROWN, "v", False),
    "penalty": Family("штраф за повторы: θ", "penalty=", INDIGO, "p", False),
}


def family(setting: str) -> str | None:
    """The family of settings that ``setting`` is of: a name of FAMILIES, or None."""
    start, _, value = setting.partition("=")
    known = next((name for name, kind in FAMILIES.items() if kind.start == f"{start}="), None)
    return known if NUMBER.fullmatch(value) else None
