"""What must not be in the student kit: lines of answers, hidden tests and hidden modules, folders of this machine."""

import ast
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from grader.course import Course
from grader.hidden import HIDDEN
from grader.release import read, split_lines, stub_lines
from grader.seminar import NAME as SEMINAR

TELLING = 24
"""Characters from which a line of code tells something wherever it stands; "model.eval()" is anybody's."""

LONG = 8
"""Characters from which a folder's path does not turn up in compressed data by chance."""

SCRATCH = "course-kit-"
"""How the temporary folders begin in which a kit is built."""

DESCRIBED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
HEADER = re.compile(r"(from|import|def|class|async)\b|@")


@dataclass(frozen=True)
class Secrets:
    """What a kit is searched for.

    Attributes:
        homework: lines of answers and hidden tests that stand nowhere in what is public.
        sources: telling lines of code of the hidden modules, their docstrings left out.
        folders: of this machine.
    """

    homework: frozenset[str]
    sources: frozenset[str]
    folders: frozenset[str]

    @property
    def telling(self) -> frozenset[str]:
        """The lines of the homework that are looked for outside of notebooks, too."""
        return frozenset(filter(is_telling, self.homework))


def read_secrets(root: Path, course: Course, assignment: str) -> Secrets:
    """The secrets of an assignment of a course and of the library in a repository."""
    secret, public = split_lines(read(course.notebook("source", assignment)))
    shown = public | stub_lines(course) | seminar_lines(root)
    code = [line for path in HIDDEN for line in code_lines((root / path).read_text(encoding="utf-8"))]
    folders = {str(root), str(Path.home()), str(course.root), str(Path(tempfile.gettempdir()) / SCRATCH)}
    long = frozenset(folder for folder in folders if len(folder) >= LONG)
    return Secrets(frozenset(secret - shown), frozenset(filter(is_telling, code)), long)


def seminar_lines(root: Path) -> set[str]:
    """The stripped lines of the seminar, which is public from end to end."""
    script = (root / "notebooks" / f"{SEMINAR}.py").read_text(encoding="utf-8")
    return {line.removeprefix("# ").strip() for line in script.splitlines()}


def code_lines(source: str) -> list[str]:
    """The stripped lines of a module without its docstrings, which a compiled module keeps, and without comments."""
    lines = source.splitlines()
    described = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, DESCRIBED) and ast.get_docstring(node):
            first = node.body[0]
            described.update(range(first.lineno - 1, first.end_lineno))
    found = (line.strip() for number, line in enumerate(lines) if number not in described)
    return [line for line in found if line and not line.startswith("#")]


def is_telling(line: str) -> bool:
    """Whether a line tells something by itself: it is long, and neither an import nor the head of a definition."""
    return len(line) >= TELLING and not HEADER.match(line)
