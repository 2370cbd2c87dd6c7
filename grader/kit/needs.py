"""What a student has to install: found in what the library imports, with the versions of pyproject.toml."""

import ast
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from grader.kit.stage import PACKAGE, project

ALSO = ("jupyterlab", "ipywidgets", "ipykernel")
"""What no module imports: where the notebooks are read, their sliders and progress bars, the kernel they run in.

nbgrader is not among it: `course submit` runs the same visible checks as its Validate button and says more, and for
the sake of that button every student would get a database and a server's extension.
"""


def student_needs(root: Path) -> list[str]:
    """The requirements of pyproject.toml that the library imports or the notebooks are read with, in its order."""
    known = packages_distributions()
    wanted = {canonicalize_name(one) for one in ALSO}
    for module in imported(root / PACKAGE):
        wanted.update(canonicalize_name(name) for name in known.get(module, []))
    return [line for line in project(root)["dependencies"] if canonicalize_name(Requirement(line).name) in wanted]


def imported(folder: Path) -> set[str]:
    """Top-level names of the packages that the modules under a folder import, anywhere in them."""
    names: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names.add(node.module.partition(".")[0])
    return names
