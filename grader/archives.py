"""Zips that students hand in (made by `course submit` or by hand), unpacked with suspicion.

A zip is data from a stranger: it may hold paths that lead elsewhere, links, a gigabyte of zeros in a kilobyte. So
nothing is unpacked but one notebook, wherever it lies inside; it is read up to a limit and written under our own name.
"""

import re
import stat
import unicodedata
import zipfile
from pathlib import Path, PurePosixPath

from course_lib.submit import NAME
from grader.intake import MAX_BYTES, printable
from grader.rawfile import MEGABYTE

MAX_ARCHIVE = 100 * MEGABYTE
MAX_ENTRIES = 10_000
ENTRY = b"PK\x01\x02"
"""What each entry of a zip's table of contents begins with."""
COPY = re.compile(r"[ _]?\(\d+\)$|[ _]copy$")
"""What systems add to the name of a second file: "hw_sampler-anna (1).zip"."""


class BadArchive(Exception):
    """No notebook can be taken out of a zip; the message goes on after its name: "is damaged"."""


def student_of(archive: Path, assignment: str) -> str | None:
    """Whose zip it is, by its name: `hw_sampler-anna.zip`, also with something of the learning system's in front.

    The name inside the zip is not believed: the file's name is what the instructor sees.
    """
    stem = unicodedata.normalize("NFC", archive.stem)  # some systems write «й» as two letters
    _, found, name = COPY.sub("", stem).rpartition(f"{assignment}-")
    return name if found and NAME.fullmatch(name) and not name.endswith(".") else None


def is_zip(path: Path) -> bool:
    """Whether a file has the name of a zip."""
    return path.suffix.lower() == ".zip"


def unpack(archive: Path, assignment: str, folder: Path, max_bytes: int = MAX_BYTES) -> None:
    """Write the notebook of a zip as `folder/ASSIGNMENT.ipynb`.

    Args:
        archive: the zip.
        assignment: whose notebook is looked for.
        folder: is made.
        max_bytes: so much of a notebook is written and one byte more, by which the intake sees that it is too large.

    Raises:
        BadArchive: no notebook could be taken out of it; nothing else that a student can put into a zip raises.
    """
    folder.mkdir(parents=True)
    if archive.is_symlink() or not archive.is_file():
        raise BadArchive("is a link or no plain file")
    if archive.stat().st_size > MAX_ARCHIVE:
        raise BadArchive(f"is larger than {MAX_ARCHIVE // MEGABYTE} MB")
    try:
        if archive.read_bytes().count(ENTRY) > MAX_ENTRIES:  # zipfile itself would read them all before we could count
            raise BadArchive(f"has more than {MAX_ENTRIES} entries")
        with zipfile.ZipFile(archive) as opened:
            with opened.open(notebook_in(opened, assignment)) as file:
                content = file.read(max_bytes + 1)
            (folder / f"{assignment}.ipynb").write_bytes(content)
    except BadArchive:
        raise
    except Exception as error:  # zipfile and its decompressors fail in many ways on a damaged file
        raise BadArchive(f"is damaged or locked ({type(error).__name__}: {printable(str(error))})") from error


def notebook_in(opened: zipfile.ZipFile, assignment: str) -> zipfile.ZipInfo:
    """The assignment's notebook in a zip: the one of its name nearest to the top, else the only one there is.

    Raises BadArchive if there is none or it is not clear which.
    """
    notebooks = [entry for entry in opened.infolist() if is_notebook(entry)]
    named = [entry for entry in notebooks if PurePosixPath(entry.filename).name == f"{assignment}.ipynb"]
    if named:
        return min(named, key=lambda entry: len(PurePosixPath(entry.filename).parts))
    if not notebooks:
        raise BadArchive("holds no notebook")
    if len(notebooks) > 1:
        raise BadArchive(f"holds {len(notebooks)} notebooks, and none is called {assignment}.ipynb")
    return notebooks[0]


def is_notebook(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is a plain file with a notebook's name, and none of those that systems add beside it."""
    path = PurePosixPath(entry.filename)
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return path.suffix == ".ipynb" and not hidden and not entry.is_dir() and kind in (0, stat.S_IFREG)
