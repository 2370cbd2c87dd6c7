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
from grader.intake import MAX_BYTES
from grader.paths import CourseError
from grader.rawfile import MEGABYTE

MAX_ARCHIVE = 100 * MEGABYTE
MAX_ENTRIES = 10_000
ENTRY = b"PK\x01\x02"
"""What each entry of a zip's table of contents begins with."""
COPY = re.compile(r"[ _]?\(\d+\)$|[ _]copy$")
"""What systems add to the name of a second file: "hw_sampler-anna (1).zip"."""


def student_of(archive: Path, assignment: str) -> str | None:
    """Whose zip it is, by its name: `hw_sampler-anna.zip`, also with something of the learning system's in front.

    The name inside the zip is not believed: the file's name is what the instructor sees.
    """
    stem = unicodedata.normalize("NFC", archive.stem)  # some systems write «й» as two letters
    _, found, name = COPY.sub("", stem).rpartition(f"{assignment}-")
    return name if found and NAME.fullmatch(name) and not name.endswith(".") else None


def find_archives(folder: Path, assignment: str) -> dict[str, Path]:
    """The zips of an assignment in a folder, by student.

    Raises:
        CourseError: two of them are one student's, or the name of one does not tell whose it is.
    """
    found: dict[str, Path] = {}
    for path in sorted(path for path in folder.glob("*.zip") if not path.name.startswith(".")):
        student = student_of(path, assignment)
        if student is None:
            raise CourseError(
                f"Whose is {path.name}? Rename it to {assignment}-STUDENT.zip, or take it out of {folder}."
            )
        if student in found:
            raise CourseError(f"{found[student].name} and {path.name} are both {student}'s: leave the one that counts.")
        found[student] = path
    return found


def unpack(archive: Path, assignment: str, folder: Path, max_bytes: int = MAX_BYTES) -> None:
    """Write the notebook of a zip as `folder/ASSIGNMENT.ipynb`; leave the folder empty if there is none to be read.

    Nothing that a student can put into a zip raises.

    Args:
        archive: the zip.
        assignment: whose notebook is looked for.
        folder: is made.
        max_bytes: so much of a notebook is written and one byte more, by which the intake sees that it is too large.
    """
    folder.mkdir(parents=True)
    if archive.is_symlink() or not archive.is_file() or archive.stat().st_size > MAX_ARCHIVE:
        return
    try:
        if archive.read_bytes().count(ENTRY) > MAX_ENTRIES:  # zipfile itself would read them all before we could count
            return
        with zipfile.ZipFile(archive) as opened:
            entry = notebook_in(opened, assignment)
            if entry is not None:
                with opened.open(entry) as file:
                    content = file.read(max_bytes + 1)
                (folder / f"{assignment}.ipynb").write_bytes(content)
    except Exception:  # zipfile and its decompressors fail in many ways on a damaged file
        return


def notebook_in(opened: zipfile.ZipFile, assignment: str) -> zipfile.ZipInfo | None:
    """The assignment's notebook in a zip: the one of its name nearest to the top, else the only one there is."""
    notebooks = [entry for entry in opened.infolist() if is_notebook(entry)]
    named = [entry for entry in notebooks if PurePosixPath(entry.filename).name == f"{assignment}.ipynb"]
    if named:
        return min(named, key=lambda entry: len(PurePosixPath(entry.filename).parts))
    return notebooks[0] if len(notebooks) == 1 else None


def is_notebook(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is a plain file with a notebook's name, and none of those that systems add beside it."""
    path = PurePosixPath(entry.filename)
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return path.suffix == ".ipynb" and not hidden and not entry.is_dir() and kind in (0, stat.S_IFREG)
