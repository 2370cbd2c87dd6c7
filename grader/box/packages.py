"""Which installed packages a box gets: a short list with what it needs, found in this environment, and nothing else.

A list of what may be used is safer than one of what is hidden: neither the hidden sampler, the grader, nor a library
with ready samplers (transformers) can come in by a dependency that somebody installs next year.
"""

import re
import sys
from functools import lru_cache
from importlib import metadata
from pathlib import Path

ROOTS = ("torch", "numpy", "scipy", "pandas", "scikit-learn", "matplotlib", "tqdm", "einops")
"""What an answer may import, if it is installed here; torch and numpy have to be."""

NEVER = frozenset({"course_lib", "grader", "rebuild", "tests", "transformers", "tokenizers", "datasets", "nbgrader"})
"""Top-level names that stay out whatever depends on them."""


@lru_cache(maxsize=1)
def installed_packages() -> tuple[tuple[str, str], ...]:
    """(path here, path under the box's package folder) of every folder and module to bind, in a fixed order."""
    found: dict[str, str] = {}
    for distribution in _closure():
        for entry in _top_level(distribution):
            source = Path(distribution.locate_file(entry))
            if entry.split("/")[0].split(".")[0] not in NEVER and source.exists():
                found[entry] = str(source.resolve())
    return tuple((source, entry) for entry, source in sorted(found.items()))


def _closure() -> list[metadata.Distribution]:
    """The installed distributions that ROOTS lead to, without their extras."""
    queue, found = list(ROOTS), {}
    while queue:
        name = re.sub(r"[-_.]+", "-", queue.pop()).lower()
        if name in found:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        for requirement in found[name].requires or []:
            wanted, _, marker = requirement.partition(";")
            if not re.search(r"\bextra\b", marker):
                queue.append(re.match(r"[\w.-]+", wanted.strip())[0])
    return list(found.values())


def _top_level(distribution: metadata.Distribution) -> set[str]:
    """The folders and modules of a distribution; for a lone module also its compiled form, so that it loads fast."""
    entries = set()
    for path in _files(distribution):
        first, _, rest = path.partition("/")
        if first in ("", "..", "__pycache__") or re.search(r"\.(dist-info|egg-info|pth|egg-link)$", first):
            continue
        entries.add(first)
        if not rest and first.endswith(".py"):
            entries.add(f"__pycache__/{first[:-3]}.{sys.implementation.cache_tag}.pyc")
    return entries


def _files(distribution: metadata.Distribution) -> list[str]:
    """The distribution's files, or where it has no list of them, what its declared names may stand for.

    `distribution.files` makes an object of each of torch's twelve thousand; only the beginnings are needed here.
    """
    if record := distribution.read_text("RECORD"):
        return [line.lstrip('"').partition(",")[0] for line in record.splitlines()]
    names = (distribution.read_text("top_level.txt") or "").split()
    return [entry for name in names for entry in (name, f"{name}.py", f"{name}.libs")]
