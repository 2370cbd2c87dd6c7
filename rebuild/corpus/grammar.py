"""The template language of the situations: slots with agreement, free alternatives, shared lists.

The format is described in ``rebuild/corpus/README.md``.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from pathlib import Path

from .inflection import CASES, InflectionError, Phrase, euphony, full_stops, sentence_case

AGREEMENT_ORDER = ["м", "ж", "с", "мн"]
SLOT = re.compile(r"\{([^{}]+)\}")


class TemplateError(ValueError):
    """A situation that cannot be read or rendered; the message names the file, the situation and the mend."""


def split_alternatives(text: str) -> list[str]:
    """Split at the bars that stand outside brackets and braces."""
    parts, depth, current = [], 0, ""
    for char in text:
        depth += (char in "[{(") - (char in "]})")
        if char == "|" and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += char
    if depth:
        raise TemplateError(f"unbalanced brackets in «{text[:80]}»")
    return [*parts, current]


@dataclass
class Situation:
    """One hand-written situation: named slots with their values, and the texts they go into."""

    name: str
    slots: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    def render(self, rng: random.Random) -> str:
        """One text, every choice drawn from ``rng``."""
        chosen: dict[str, Phrase] = {}
        try:
            text = self._expand(rng.choice(self.texts), chosen, rng)
        except (InflectionError, TemplateError) as error:
            raise TemplateError(f"situation {self.name}: {error}") from error
        text = re.sub(r"\s+", " ", text).strip()
        text = re.sub(r" ([,.!?…:;»])", r"\1", text)
        return full_stops(sentence_case(euphony(text)))

    def _expand(self, text: str, chosen: dict[str, Phrase], rng: random.Random) -> str:
        text = self._choose(text, rng)
        return SLOT.sub(lambda match: self._slot(match[1], chosen, rng), text)

    def _choose(self, text: str, rng: random.Random) -> str:
        """Replace every [a|b|c], innermost first, by one of its alternatives."""
        innermost = re.compile(r"\[([^\[\]]*)\]")
        while match := innermost.search(text):
            text = text[: match.start()] + rng.choice(split_alternatives(match[1])) + text[match.end() :]
        return text

    def _slot(self, mention: str, chosen: dict[str, Phrase], rng: random.Random) -> str:
        name, agreement = (mention.split("?", 1) + [None])[:2]
        name, *features = name.split(".")
        if name not in self.slots:
            raise TemplateError(f"slot «{name}» is not defined; defined: {', '.join(self.slots)}")
        if name not in chosen:
            value = rng.choice(self.slots[name])
            chosen[name] = Phrase.parse(self._expand(value, chosen, rng).strip())
        phrase = chosen[name]
        if agreement is not None:
            forms = agreement.split("/")
            place = AGREEMENT_ORDER.index(phrase.gender)
            if place >= len(forms):
                raise TemplateError(f"«{{{mention}}}» has no form for «{phrase.text}» ({phrase.gender})")
            return forms[place]
        plural = "мн" in features
        cases = [f for f in features if f != "мн"]
        unknown = [f for f in cases if f not in CASES]
        if unknown or len(cases) > 1:
            raise TemplateError(f"«{{{mention}}}»: unknown case {unknown or cases}; known: {', '.join(CASES)}, мн")
        return phrase.form(cases[0] if cases else "им", plural)


def read_lexicon(path: Path) -> dict[str, list[str]]:
    """The shared lists: name -> values."""
    lexicon = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, values = line.split(":", 1)
            lexicon[name.strip()] = [v.strip() for v in values.split("|")]
    return lexicon


def read_situations(path: Path, lexicon: dict[str, list[str]]) -> list[Situation]:
    """All situations of one file, shared lists filled in."""
    situations: list[Situation] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        where = f"{path.name}, line {number}"
        if not line or line.startswith("#"):
            continue
        if line.startswith("=="):
            situations.append(Situation(line.strip("= ")))
            continue
        name, separator, value = line.partition(":")
        if not separator or not re.fullmatch(r"\w+", name.strip()):
            raise TemplateError(f"{where}: expected «name: values» or «== id», found «{line[:60]}»")
        if not situations:
            raise TemplateError(f"{where}: a «== id» line must come first")
        current, name = situations[-1], name.strip()
        if name == "text":
            current.texts.append(value.strip())
            continue
        if name in current.slots:
            raise TemplateError(f"{where}: slot «{name}» of {current.name} is defined twice")
        values: list[str] = []
        for item in (v.strip() for v in split_alternatives(value)):
            if item.startswith("@") and item[1:] not in lexicon:
                raise TemplateError(f"{where}: no shared list «{item}»; known: {', '.join(lexicon)}")
            values.extend(lexicon[item[1:]] if item.startswith("@") else [item])
        current.slots[name] = values
    for situation in situations:
        if not situation.texts:
            raise TemplateError(f"{path.name}: situation {situation.name} has no «text:» line")
    return situations
