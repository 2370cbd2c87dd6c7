"""Write constraints.txt: the exact versions, in this environment, of everything that pyproject.toml leads to.

Run it in an environment that passes the tests: `.venv/bin/python tools/write_constraints.py`.
"""

import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
HEADER = """\
# Exact versions that the kit was tested with, for `pip install -c constraints.txt -e '.[dev]'`.
# Written by tools/write_constraints.py from the environment; pyproject.toml says what is needed and why.
"""


def declared(root: Path = ROOT) -> list[Requirement]:
    """The requirements of pyproject.toml, those for development included."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = [*project["dependencies"], *(text for group in project["optional-dependencies"].values() for text in group)]
    return [Requirement(text) for text in texts]


def closure(requirements: list[Requirement]) -> dict[str, str]:
    """Name and version of every installed distribution that the requirements lead to here, themselves included.

    Raises:
        PackageNotFoundError: one of them is not installed.
    """
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    queue = [(item.name, extra) for item in requirements for extra in ("", *item.extras)]
    while queue:
        name, extra = queue.pop()
        key = (canonicalize_name(name), extra)
        if key in seen:
            continue
        seen.add(key)
        distribution = metadata.distribution(name)
        found[key[0]] = Version(distribution.version).public
        for text in distribution.requires or []:
            item = Requirement(text)
            if item.marker is None or item.marker.evaluate({"extra": extra}):
                queue += [(item.name, wanted) for wanted in ("", *item.extras)]
    return found


def main() -> None:
    """Write the file."""
    lines = [f"{name}=={version}\n" for name, version in sorted(closure(declared()).items())]
    (ROOT / "constraints.txt").write_text(HEADER + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
