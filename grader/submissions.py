"""Submissions on their way into the course folder: STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb or zips, never lost."""

import filecmp
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from traitlets import TraitError

from grader.archives import BadArchive, is_zip, unpack
from grader.course import Course
from grader.intake import printable
from grader.jobs import STATE, Grading
from grader.layout import look_through
from grader.paths import CONFIG, CourseError

DEEPEST = 20
"""Folders within one another that are copied: a student's files lie higher, and paths have a longest length."""
INCOMING = "incoming-"
"""How the folders begin in which submissions are copied."""


@dataclass(frozen=True)
class Collected:
    """What was taken in.

    Attributes:
        students: whose work was there, sorted; whoever handed in a link is among them, with nothing in the folder.
        unreadable: whose zip or notebook could not be opened, and why; what they handed in before stays.
        replaced: whose earlier work was another, and where it lies now.
        left: what nothing was taken from, and why.
    """

    students: list[str]
    unreadable: dict[str, str]
    replaced: dict[str, Path]
    left: list[str]


def collect(course: Course, assignment: str, folder: Path) -> Collected:
    """Copy a folder of submissions into `submitted/`.

    What already lies there under the same student's name and differs is first moved to `replaced/`; other students'
    folders are not touched. Links are not followed and not copied.

    Args:
        course: the course folder.
        assignment: its name.
        folder: see `grader.layout`.

    Raises:
        CourseError: the folder is not there, nobody's work on the assignment is in it, or somebody's is there twice.
    """
    if not folder.is_dir():
        raise CourseError(f"--submissions {folder}: there is no such folder.")
    for remains in course.root.joinpath(STATE).glob(f"{INCOMING}*"):
        shutil.rmtree(remains, ignore_errors=True)  # of a killed run; the caller sees to it that none other is on
    others = {*course.assignments()} - {assignment}
    is_own = folder.resolve() == course.folder("submitted", assignment, "STUDENT").parent.parent.resolve()
    found = look_through(folder, assignment, others, normal=not is_own)
    most = max_bytes(course)
    collected = Collected([*found.works], {}, {}, found.left)
    for student, path in found.works.items():
        try:
            if path.name == assignment:
                kept = put(course, assignment, student, path)
            else:
                kept = put_file(course, assignment, student, path, most)
        except BadArchive as problem:
            collected.unreadable[student] = f"{printable(path.name)} {problem}"
        else:
            if kept:
                collected.replaced[student] = kept
    return collected


def max_bytes(course: Course) -> int:
    """So large may a notebook be, by the course's settings. Raises CourseError if they are wrong."""
    try:
        return Grading(config=course.config).max_bytes
    except TraitError as error:
        raise CourseError(f"A setting in {CONFIG} is wrong. {error}") from error


def put_file(course: Course, assignment: str, student: str, path: Path, most: int) -> Path | None:
    """Put one student's notebook, or the notebook of a zip, into `submitted/`; returns as `put`.

    Raises BadArchive if it cannot be opened.
    """
    course.root.joinpath(STATE).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=course.root / STATE, prefix=INCOMING) as scratch:
        home = Path(scratch) / assignment
        if is_zip(path):
            unpack(path, assignment, home, most)
        else:
            home.mkdir()
            try:
                shutil.copyfile(path, home / path.name)
            except OSError as error:
                raise BadArchive(f"cannot be opened ({error.strerror})") from error
        return put(course, assignment, student, home)


def put(course: Course, assignment: str, student: str, folder: Path) -> Path | None:
    """Copy one student's folder into `submitted/`; returns where what lay there lies now. See `collect`."""
    target = course.folder("submitted", assignment, student)
    if target.resolve() == folder.resolve() or same_files(folder, target):
        return None
    # Copied whole before it takes its place, so that a run that is stopped here leaves no half of a submission.
    course.root.joinpath(STATE).mkdir(exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=course.root / STATE, prefix=INCOMING))
    try:
        for path in regular_files(folder):
            place = draft / path.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
        draft.chmod(0o755)
        kept = set_aside(course, assignment, student, target)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return kept


def set_aside(course: Course, assignment: str, student: str, target: Path) -> Path | None:
    """Move what lies at a place in `submitted/` to `replaced/`; returns where, or None if nothing lay there."""
    if not target.exists() and not target.is_symlink():
        return None
    kept = course.root / "replaced" / student / f"{assignment}-{time.strftime('%Y%m%d-%H%M%S')}"
    while kept.exists():
        kept = kept.with_name(kept.name + "x")
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(target, kept)
    return kept


def regular_files(folder: Path) -> list[Path]:
    """The plain files under a folder that can be read, as far down as DEEPEST folders.

    Links and what they lead to are left out, and so is a folder below a link.
    """
    if folder.is_symlink() or folder.parent.is_symlink():
        return []
    found, waiting = [], [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        for entry in _entries(here):
            if entry.is_dir(follow_symlinks=False) and depth < DEEPEST:
                waiting.append((Path(entry.path), depth + 1))
            elif entry.is_file(follow_symlinks=False) and os.access(entry.path, os.R_OK):
                found.append(Path(entry.path))
    return sorted(found)


def _entries(folder: Path) -> list[os.DirEntry]:
    """What is in a folder; nothing if it can't be opened."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def same_files(one: Path, two: Path) -> bool:
    """Whether two folders hold the same plain files with the same contents."""
    if not two.is_dir() or two.is_symlink():
        return False
    first = [path.relative_to(one) for path in regular_files(one)]
    second = [path.relative_to(two) for path in regular_files(two)]
    return first == second and not filecmp.cmpfiles(one, two, [str(path) for path in first], shallow=False)[1]
