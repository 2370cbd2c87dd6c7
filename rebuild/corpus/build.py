"""Draw the corpus from the situations and one-offs: the same seed, the same texts."""

from __future__ import annotations

import random
import re
from pathlib import Path

from .grammar import Situation, TemplateError, read_lexicon, read_situations
from .inflection import full_stops

HERE = Path(__file__).parent
PIECES = re.compile(r"\w+|[^\w\s]")
SHORTEST, LONGEST = 8, 52  # words and marks; the tokenizer splits a few words, so texts stay within 8-60 tokens


def all_situations() -> list[Situation]:
    """Every situation of every theme, in the order of the files' names.

    Raises TemplateError where two situations share a name.
    """
    lexicon = read_lexicon(HERE / "lexicon.txt")
    situations = [s for path in sorted((HERE / "situations").glob("*.txt")) for s in read_situations(path, lexicon)]
    names = [s.name for s in situations]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise TemplateError(f"situation names used twice: {', '.join(sorted(twice))}")
    return situations


def one_offs() -> list[str]:
    """The hand-written jokes that stand alone, one a line, without repeats."""
    lines = []
    for path in sorted((HERE / "oneoffs").glob("*.txt")):
        lines += [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return list(dict.fromkeys(full_stops(line) for line in lines if line and not line.startswith("#")))


def fits(text: str) -> bool:
    """Whether the text is neither a fragment nor a story."""
    return SHORTEST <= len(PIECES.findall(text)) <= LONGEST


def draw_distinct(situation: Situation, count: int, rng: random.Random) -> list[str]:
    """Up to ``count`` distinct texts of one situation."""
    texts: dict[str, None] = {}
    for _ in range(count * 8):
        if len(texts) == count:
            break
        text = situation.render(rng)
        if fits(text):
            texts[text] = None
    return list(texts)


def build_corpus(per_situation: int, seed: int) -> list[str]:
    """The whole corpus, shuffled; every text distinct.

    A situation's texts depend on the seed and its name alone, so that adding one leaves the others as they are.
    """
    texts = one_offs()
    for situation in all_situations():
        texts += draw_distinct(situation, per_situation, random.Random(f"{seed}:{situation.name}"))
    texts = list(dict.fromkeys(text for text in texts if fits(text)))
    random.Random(seed).shuffle(texts)
    return texts
