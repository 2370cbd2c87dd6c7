"""A folder of submissions as an instructor has it: whose work lies where, and what fits nowhere."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from grader.archives import is_zip, student_of
from grader.intake import printable
from grader.paths import CourseError

MOODLE = re.compile(r"(.+)_\d+_assignsubmission_\w*")
"""A student's folder in what Moodle lets an instructor download."""


class Unclear(Exception):
    """An entry that is nobody's work on the assignment; the message is a phrase that says why."""


@dataclass(frozen=True)
class Layout:
    """What a folder of submissions holds.

    Attributes:
        works: each student's folder, zip or notebook, by the student's name.
        left: the other entries, each with the reason why it is not taken.
    """

    works: dict[str, Path]
    left: list[str]


def look_through(folder: Path, assignment: str, others: Collection[str] = (), normal: bool = True) -> Layout:
    """Find everybody's work on an assignment.

    Args:
        folder: holds STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb, STUDENT/ with one zip or notebook, ASSIGNMENT-STUDENT.zip.
        assignment: its name.
        others: names of the course's other assignments, whose submissions are nobody's business here.
        normal: whether names are brought into one form (NFC), as some systems write «й» as two letters.

    Raises:
        CourseError: somebody's work is there twice, or nobody's.
    """
    works: dict[str, list[Path]] = {}
    left = []
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.name == "__MACOSX" or _is_of(others, entry, assignment):
            continue
        try:
            student, path = _work_in(entry, assignment, others)
            works.setdefault(unicodedata.normalize("NFC", student) if normal else student, []).append(path)
        except Unclear as problem:
            left.append(f"{printable(entry.name)}: {problem}")
    if twice := {student: paths for student, paths in works.items() if len(paths) > 1}:
        lines = [
            f"\n  {printable(student)}: {', '.join(printable(str(path.relative_to(folder))) for path in paths)}"
            for student, paths in twice.items()
        ]
        raise CourseError(f"--submissions {folder}: leave the one that counts of{''.join(lines)}")
    if not works:
        forms = f"STUDENT/{assignment}/{assignment}.ipynb, STUDENT/{assignment}.ipynb or {assignment}-STUDENT.zip"
        lines = "".join(f"\n  {line}" for line in left)
        raise CourseError(f"--submissions {folder}: nothing of the form {forms} is in it.{lines}")
    return Layout({student: path for student, [path] in sorted(works.items())}, left)


def _work_in(entry: Path, assignment: str, others: Collection[str]) -> tuple[str, Path]:
    """Whose an entry is, and the student's folder, zip or notebook. Raises Unclear."""
    if entry.is_dir():
        moodle = MOODLE.fullmatch(entry.name)
        student = moodle[1] if moodle else entry.name
        home = entry / assignment
        if home.is_dir() or home.is_symlink():
            return student, home
        path = _only_file(entry, assignment, others)
        return moodle and is_zip(path) and student_of(path, assignment) or student, path
    if not is_zip(entry):
        raise Unclear("neither a student's folder nor a zip")
    student = student_of(entry, assignment)
    if student is None:
        raise Unclear(f"whose is it? Rename it to {assignment}-STUDENT.zip")
    return student, entry


def _only_file(folder: Path, assignment: str, others: Collection[str]) -> Path:
    """The zip or notebook that lies in a student's folder: the one of the assignment's name, else the only one."""
    if folder.is_symlink():
        raise Unclear("a link")
    try:
        there = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.is_symlink()]
    except OSError as error:
        raise Unclear(f"it cannot be opened ({error.strerror})") from error
    files = [path for path in there if (is_zip(path) or path.suffix == ".ipynb") and not path.name.startswith(".")]
    files = [path for path in files if not _is_of(others, path, assignment)]
    named = [path for path in files if path.stem == assignment or (is_zip(path) and student_of(path, assignment))]
    if len(named or files) != 1:
        many = "no" if not files else "more than one"
        raise Unclear(f"there is no folder {assignment} in it, and {many} zip or notebook of {assignment}")
    return (named or files)[0]


def _is_of(others: Collection[str], path: Path, assignment: str) -> bool:
    """Whether there is nothing here but a student's work on other assignments of the course."""
    if is_zip(path):
        owner = max((one for one in (assignment, *others) if student_of(path, one)), key=len, default=assignment)
        return owner != assignment
    if path.suffix == ".ipynb":
        return path.stem in others
    try:
        names = {one.name for one in path.iterdir() if not one.name.startswith(".")} if path.is_dir() else set()
    except OSError:
        return False
    return bool(names) and names <= {*others}
