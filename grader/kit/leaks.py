"""The leak check of the student kit: it runs at the end of every build and looks into every file, wheels included.

It is a guard against spoilers and against slips of the hand. A compiled module can be taken apart by whoever wants to;
what protects the marks is the grader, whose box has no sampler to import.
"""

import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from grader.hidden import HIDDEN
from grader.kit import stage, wheels
from grader.kit.giveaways import SCRATCH, Secrets

FOREIGN = ("grader", "rebuild", "tests", "solutions", "assignments")
"""Folders of the repository that no student gets."""

SOURCES = (".c", ".cc", ".cpp", ".h", ".pyx", ".pxd", ".pyc", ".pyo", ".o", ".a", ".pdb")
BINARIES = (".so", ".pyd", ".dylib", ".dll")
HOMES = re.compile(rb"/home/\w|/root/|/Users/\w|[A-Za-z]:\\+Users\\+\w")
IMPORT = re.compile(r"^\s*(?:from|import)\s+(?:grader|rebuild)\b", re.MULTILINE)
DEBUG = (b".debug_info", b".debug_line", b".symtab")
FEW = 3
"""So many telling lines of a hidden module in one file are no accident."""

PROBE = Path(__file__).with_name("probe.py")


@dataclass(frozen=True)
class Member:
    """One file of the zip or of a wheel in it: its path with the wheel's in front, its path in the wheel, its bytes."""

    name: str
    path: PurePosixPath
    content: bytes

    @cached_property
    def text(self) -> str:
        """As text, "" if it is none; what is no UTF-8 comes out as replacement characters."""
        return "" if b"\0" in self.content else self.content.decode("utf-8", errors="replace")

    @cached_property
    def cells(self) -> list[dict]:
        """The cells of a notebook, [] for other files."""
        return json.loads(self.text)["cells"] if self.path.suffix == ".ipynb" else []

    @cached_property
    def lines(self) -> frozenset[str]:
        """The stripped lines, for a notebook those of its cells."""
        texts = ["".join(cell["source"]) for cell in self.cells] or [self.text]
        return frozenset(line.strip() for text in texts for line in text.splitlines())


def leaks(archive: Path, secrets: Secrets) -> list[str]:
    """Sentences about everything in a kit's zip that must not be there; [] if all is well."""
    found = []
    for member in members(archive.read_bytes()):
        for check in (wrong_name, home_path, homework_line, grader_import, hidden_source, saved_output, told_by_binary):
            found += [f"{member.name}: {sentence}" for sentence in check(member, secrets)]
    with tempfile.TemporaryDirectory(prefix=SCRATCH) as folder:
        unpack(archive, Path(folder))
        found += source_is_shown(Path(folder))
    return found


def members(content: bytes, before: str = "") -> Iterator[Member]:
    """Every file of a zip, and of every zip in it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for about in archive.infolist():
            if about.is_dir():
                continue
            inner = archive.read(about)
            name = f"{before}{about.filename}"
            yield Member(name, PurePosixPath(about.filename), inner)
            if zipfile.is_zipfile(io.BytesIO(inner)):
                yield from members(inner, f"{name}/")


def wrong_name(member: Member, secrets: Secrets) -> Iterator[str]:
    """A grader's module, the source of a hidden one, an intermediate file of the compiler."""
    parts = member.path.parts
    if foreign := next((part for part in parts if part in FOREIGN), None):
        yield f"a file of {foreign}/ is not for students"
    if member.path.name in {Path(path).name for path in HIDDEN}:
        yield "this is the source of a hidden module"
    if member.path.suffix in SOURCES:
        yield f"a {member.path.suffix} file holds source or byte code"
    hidden = {f"{path.removesuffix('.py')}/__init__.py" for path in HIDDEN}
    if member.path.as_posix() in hidden and member.text != stage.MISSING:
        yield "in place of a hidden module there may only be the sentence about its absence"


def home_path(member: Member, secrets: Secrets) -> Iterator[str]:
    """A folder of the machine that built it."""
    if match := HOMES.search(member.content):
        yield f"it holds the path of somebody's home folder ({shown(match.group())}...)"
    for folder in sorted(secrets.folders):
        if folder.encode() in member.content:
            yield f"it holds the path of a folder of this machine ({folder})"


def homework_line(member: Member, secrets: Secrets) -> Iterator[str]:
    """A line of an answer or of a hidden test; in notebooks any, elsewhere one that tells something by itself."""
    looked_for = secrets.homework if member.path.suffix == ".ipynb" else secrets.telling
    for line in sorted(looked_for & member.lines):
        yield f"a line of an answer or of a hidden test: {line!r}"
    for mark in ("BEGIN SOLUTION", "BEGIN HIDDEN TESTS"):
        if mark in member.text:
            yield f"a marker of the source: {mark}"


def grader_import(member: Member, secrets: Secrets) -> Iterator[str]:
    """Code that asks for the grader, which students do not have."""
    if member.path.suffix in (".py", ".ipynb") and IMPORT.search("\n".join(member.lines)):
        yield "it imports the grader"


def hidden_source(member: Member, secrets: Secrets) -> Iterator[str]:
    """A piece of a hidden module in a file that can be read."""
    same = secrets.sources & member.lines
    if len(same) >= FEW:
        yield f"{len(same)} lines of a hidden module, such as {min(same)!r}"


def saved_output(member: Member, secrets: Secrets) -> Iterator[str]:
    """A notebook with something that a run has left in it."""
    for number, cell in enumerate(member.cells, start=1):
        if cell.get("outputs") or cell.get("execution_count"):
            yield f"cell {number} has a saved output"


def told_by_binary(member: Member, secrets: Secrets) -> Iterator[str]:
    """A line of source in a compiled module (as `strings` would show it), or what a debugger would need."""
    if not is_binary(member):
        return
    for line in sorted(secrets.sources | secrets.telling):
        if line.encode() in member.content or line.encode("utf-16-le") in member.content:
            yield f"the compiled module holds a line of its source: {line!r}"
    for section in DEBUG:
        if section in member.content:
            yield f"the compiled module is not stripped, it has {shown(section)}"


def source_is_shown(folder: Path) -> list[str]:
    """What Python itself tells of the hidden modules that were unpacked in a folder."""
    modules = [path.removesuffix(".py").replace("/", ".") for path in HIDDEN]
    done = subprocess.run([sys.executable, "-I", PROBE, folder, *modules], capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
        return [f"the compiled modules could not be tried: {last}"]
    return done.stdout.splitlines()


def unpack(archive: Path, folder: Path) -> None:
    """Unpack the library and this machine's sampler as pip would."""
    with zipfile.ZipFile(archive) as kit, tempfile.TemporaryDirectory() as scratch:
        for name in kit.namelist():
            wheel = Path(scratch) / PurePosixPath(name).name
            if wheel.suffix != ".whl":
                continue
            if wheels.parsed(wheel)[0] != stage.SAMPLER or wheels.fits_here(wheel):
                wheel.write_bytes(kit.read(name))
                with zipfile.ZipFile(wheel) as inner:
                    inner.extractall(folder)


def is_binary(member: Member) -> bool:
    """Whether a file is a compiled module."""
    return member.path.suffix in BINARIES


def shown(content: bytes) -> str:
    """Bytes for a message."""
    return content.decode("ascii", errors="replace")
