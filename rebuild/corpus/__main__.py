"""``python -m rebuild.corpus check FILE``: what an author of situations reads before a corpus is built."""

from __future__ import annotations

import argparse
import random
import re
from pathlib import Path

from .build import HERE, PIECES, draw_distinct, fits
from .grammar import Situation, TemplateError, read_lexicon, read_situations
from .inflection import CASES, Phrase


def forms_in_use(situation: Situation) -> set[tuple[str, str, bool]]:
    """(slot, case, plural) for every inflected mention in the situation."""
    body = " ".join([*situation.texts, *(v for values in situation.slots.values() for v in values)])
    used = set()
    for name, features in re.findall(r"\{(\w+)((?:\.\w+)*)[?}]", body):
        parts = [f for f in features.split(".") if f]
        case = next((f for f in parts if f in CASES), "им")
        used.add((name, case, "мн" in parts))
    return used


def print_forms(situation: Situation) -> list[str]:
    """Every filler in each form the situation asks for; returns the errors."""
    errors = []
    for name, case, plural in sorted(forms_in_use(situation)):
        if case == "им" and not plural:
            continue
        forms = []
        for value in situation.slots.get(name, []):
            if "{" in value or "[" in value:
                forms.append(f"({value})")
                continue
            try:
                forms.append(Phrase.parse(value).form(case, plural))
            except ValueError as error:
                errors.append(f"{situation.name}: {error}")
        print(f"  {name}.{'мн.' if plural else ''}{case}: {' | '.join(forms)}")
    return errors


def check(path: Path, samples: int, only: str | None, seed: int) -> int:
    """Forms, lengths, variety and samples of a file's situations; 1 if there are errors."""
    errors = []
    for situation in read_situations(path, read_lexicon(HERE / "lexicon.txt")):
        if only and situation.name != only:
            continue
        rng = random.Random(f"{seed}:{situation.name}")
        print(f"== {situation.name}")
        errors += print_forms(situation)
        try:
            rendered = [situation.render(rng) for _ in range(400)]
            distinct = draw_distinct(situation, 400, rng)
        except TemplateError as error:
            errors.append(str(error))
            continue
        lengths = sorted(len(PIECES.findall(text)) for text in rendered)
        misfits = sum(not fits(text) for text in rendered)
        print(
            f"  distinct: {len(distinct)}{'+' if len(distinct) == 400 else ''}; "
            f"pieces {lengths[0]}-{lengths[-1]}; out of bounds: {misfits} of 400"
        )
        if len(distinct) < 150:
            errors.append(
                f"{situation.name}: only {len(distinct)} distinct texts within bounds; add fillers or alternatives"
            )
        for text in rendered[:samples]:
            print(f"    {text}")
    print(f"\n{len(errors)} errors")
    for error in dict.fromkeys(errors):
        print(f"  {error}")
    return bool(errors)


def check_one_offs(path: Path) -> int:
    """Lengths and repeats of a file with one joke a line."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    jokes = [line for line in lines if line and not line.startswith("#")]
    errors = [f"{len(PIECES.findall(joke))} words and marks: {joke}" for joke in jokes if not fits(joke)]
    errors += [f"twice: {joke}" for joke in sorted({joke for joke in jokes if jokes.count(joke) > 1})]
    print(f"{len(jokes)} jokes, {len(errors)} errors", *errors, sep="\n  ")
    return bool(errors)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m rebuild.corpus", description=__doc__)
    parser.add_argument("command", choices=["check"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--samples", type=int, default=3, help="texts printed of each situation")
    parser.add_argument("--only", help="one situation")
    parser.add_argument("--seed", type=int, default=0, help="other samples")
    arguments = parser.parse_args()
    if arguments.file.parent.name == "oneoffs":
        return check_one_offs(arguments.file)
    return check(arguments.file, arguments.samples, arguments.only, arguments.seed)


if __name__ == "__main__":
    raise SystemExit(main())
