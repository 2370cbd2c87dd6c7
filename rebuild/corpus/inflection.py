"""Russian inflection of noun phrases: cases and numbers by pymorphy3, or forms given by hand."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

CASES = {"им": "nomn", "род": "gent", "дат": "datv", "вин": "accs", "тв": "ablt", "пр": "loct"}
GENDERS = {"masc": "м", "femn": "ж", "neut": "с"}
HAND_FORMS = re.compile(r"^(?P<lemma>.+?)\s*\((?P<forms>[^()]+);\s*(?P<gender>м|ж|с|мн)\)$")


class InflectionError(ValueError):
    """A phrase whose forms cannot be derived; the message says which and what to write instead."""


@functools.cache
def _analyzer():
    import pymorphy3

    return pymorphy3.MorphAnalyzer(lang="ru")


@functools.cache
def _noun_parse(word: str):
    """The best reading of ``word`` as a nominative noun: singular, or plural where there is no singular."""
    parses = [p for p in _analyzer().parse(word) if "NOUN" in p.tag and "nomn" in p.tag]
    if word[:1].isupper():  # a capital letter promises a proper name
        parses = [p for p in parses if {"Name"} in p.tag or {"Geox"} in p.tag] or parses
    singular = [p for p in parses if "sing" in p.tag]
    pluralia_tantum = [p for p in parses if "Pltm" in p.tag]
    return (pluralia_tantum or singular or [None])[0]


def _is_adjective(word: str) -> bool:
    return any(({"ADJF"} in p.tag or {"PRTF"} in p.tag) and "nomn" in p.tag for p in _analyzer().parse(word))


def _like(word: str, model: str) -> str:
    return word[:1].upper() + word[1:] if model[:1].isupper() else word


@dataclass(frozen=True)
class Phrase:
    """A filler of a slot: its text as written and, on request, its inflected forms.

    ``text`` is "[adjectives] noun [unchanged tail]"; ``by_hand`` holds the five oblique singular forms where given.
    """

    text: str
    by_hand: tuple[str, ...] = ()
    hand_gender: str | None = None

    @classmethod
    def parse(cls, value: str) -> Phrase:
        match = HAND_FORMS.match(value)
        if not match:
            return cls(value)
        forms = tuple(form.strip() for form in match["forms"].split(","))
        if len(forms) != 5:
            raise InflectionError(f"«{value}»: give five forms (род, дат, вин, тв, пр), found {len(forms)}")
        return cls(match["lemma"], forms, match["gender"])

    def _split(self) -> tuple[list[str], object, str, list[str]]:
        """Adjectives, the head's parse, the head as written, the tail."""
        words = self.text.split()
        for position, word in enumerate(words):
            parse = _noun_parse(word)
            adjectives = words[:position]
            if parse is not None and all(_is_adjective(a) for a in adjectives):
                later = [w for w in words[position + 1 :]]
                # an adjective that can be a noun («знакомый») is one only where no noun follows at once
                if _is_adjective(word) and later and _noun_parse(later[0]) is not None:
                    continue
                return adjectives, parse, word, later
        raise InflectionError(
            f"«{self.text}»: no nominative noun found; give forms by hand: слово (род, дат, вин, тв, пр; м)"
        )

    @property
    def gender(self) -> str:
        """м, ж, с, or мн for a plural-only head."""
        if self.hand_gender:
            return self.hand_gender
        tag = self._split()[1].tag
        if "Pltm" in tag or tag.gender is None:
            return "мн"
        return GENDERS[tag.gender]

    def form(self, case: str = "им", plural: bool = False) -> str:
        """The phrase in a case (им, род, дат, вин, тв, пр), singular unless ``plural``."""
        if case == "им" and not plural:
            return self.text
        if self.by_hand:
            if plural:
                raise InflectionError(f"«{self.text}»: forms given by hand have no plural")
            return self.by_hand[list(CASES).index(case) - 1]
        adjectives, head, written, tail = self._split()
        plural = plural or "Pltm" in head.tag
        number = "plur" if plural else "sing"
        inflected = head.inflect({CASES[case], number})
        if inflected is None:
            raise InflectionError(
                f"«{self.text}»: pymorphy3 has no form {case}{' мн' if plural else ''}; give forms by hand"
            )
        words = [self._adjective(a, case, number, head.tag) for a in adjectives]
        return " ".join([*words, _like(inflected.word, written), *tail])

    @staticmethod
    def _adjective(word: str, case: str, number: str, noun) -> str:
        wanted = {CASES[case], number}
        if number == "sing":
            wanted.add(noun.gender)
        if case == "вин" and (number == "plur" or noun.gender == "masc"):
            wanted.add(noun.animacy)
        parse = next(p for p in _analyzer().parse(word) if ("ADJF" in p.tag or "PRTF" in p.tag) and "nomn" in p.tag)
        inflected = parse.inflect(wanted)
        if inflected is None:
            raise InflectionError(f"«{word}»: cannot be put into {sorted(wanted)}")
        return _like(inflected.word, word)


def euphony(text: str) -> str:
    """Mend в/во, с/со, о/об before the word that happens to follow."""
    text = re.sub(r"\b([Вв]) (?=[вф][бвгджзклмнпрстфхцчшщ]|[Лл]ьв|мн)", r"\1о ", text, flags=re.I)
    text = re.sub(r"\b([Сс]) (?=[сзшж][бвгджзклмнпрстфхцчшщ]|щ|льв|мн|вс)", r"\1о ", text, flags=re.I)
    return re.sub(r"\b([Оо]) (?=[аэиоу])", r"\1б ", text, flags=re.I)


def full_stops(text: str) -> str:
    """A full stop stands outside the closing quote, and not at all after «?», «!» or «…» inside it.

    Two closing quotes of one shape are written as one.
    """
    text = text.replace("»»", "»")
    text = re.sub(r"(?<!\.)\.»\.?", "».", text)
    return re.sub(r"([?!…]|\.\.\.)»\.", r"\1»", text)


def sentence_case(text: str) -> str:
    """A capital letter at the start, after a full stop, question or exclamation mark, and at the start of a reply."""

    def capital(match: re.Match) -> str:
        return match[1] + match[2].upper()

    return re.sub(r"(^(?:— )?[«(]?|[.!?…]»? (?:— )?[«(]?|: — [«(]?|: «)([а-яё])", capital, text)
