"""Submissions on their way into the course folder: STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb or zips, never lost."""

import filecmp
import os
import shutil
import tempfile
import time
from pathlib import Path

from grader.archives import find_archives, unpack
from grader.course import Course
from grader.jobs import STATE
from grader.paths import CourseError

DEEPEST = 20
"""Folders within one another that are copied: a student's files lie higher, and paths have a longest length."""
INCOMING = "incoming-"
"""How the folders begin in which submissions are copied."""


def collect(course: Course, assignment: str, folder: Path) -> list[str]:
    """Copy a folder of submissions into `submitted/`.

    What already lies there under the same student's name and differs is first moved to `replaced/`; other students'
    folders are not touched. Links are not followed and not copied.

    Args:
        course: the course folder.
        assignment: its name.
        folder: holds STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb, or zips of `course submit` (ASSIGNMENT-STUDENT.zip), or both.

    Returns:
        The students' names, sorted; whoever handed in a link is among them, with nothing in the folder.

    Raises:
        CourseError: the folder is not there, nobody's work on the assignment is in it, or somebody's is there twice.
    """
    if not folder.is_dir():
        raise CourseError(f"--submissions {folder}: there is no such folder.")
    for left in course.root.joinpath(STATE).glob(f"{INCOMING}*"):
        shutil.rmtree(left, ignore_errors=True)  # of a run that was killed; the caller sees to it that none other is on
    found = sorted(path for path in folder.glob(f"*/{assignment}") if path.is_dir() or path.is_symlink())
    found = [path for path in found if not path.parent.name.startswith(".")]
    archives = find_archives(folder, assignment)
    if not found and not archives:
        layout = f"STUDENT/{assignment}/{assignment}.ipynb or {assignment}-STUDENT.zip"
        raise CourseError(f"--submissions {folder}: nothing of the form {layout} is in it.")
    if twice := sorted({path.parent.name for path in found} & set(archives)):
        raise CourseError(f"--submissions {folder}: {', '.join(twice)} has a folder and a zip; leave one of them.")
    for path in found:
        put(course, assignment, path.parent.name, path)
    for student, path in archives.items():
        put_archive(course, assignment, student, path)
    return sorted([*(path.parent.name for path in found), *archives])


def put_archive(course: Course, assignment: str, student: str, archive: Path) -> Path:
    """Unpack one student's zip into `submitted/`; returns the place. See `collect`."""
    course.root.joinpath(STATE).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=course.root / STATE, prefix=INCOMING) as scratch:
        unpack(archive, assignment, Path(scratch) / assignment)
        return put(course, assignment, student, Path(scratch) / assignment)


def put(course: Course, assignment: str, student: str, folder: Path) -> Path:
    """Copy one student's folder into `submitted/`; returns the place. See `collect`."""
    target = course.folder("submitted", assignment, student)
    if target.resolve() == folder.resolve() or same_files(folder, target):
        return target
    # Copied whole before it takes its place, so that a run that is stopped here leaves no half of a submission.
    course.root.joinpath(STATE).mkdir(exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=course.root / STATE, prefix=INCOMING))
    try:
        for path in regular_files(folder):
            place = draft / path.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
        draft.chmod(0o755)
        set_aside(course, assignment, student, target)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def set_aside(course: Course, assignment: str, student: str, target: Path) -> None:
    """Move what lies at a place in `submitted/` to `replaced/`."""
    if target.exists() or target.is_symlink():
        kept = course.root / "replaced" / student / f"{assignment}-{time.strftime('%Y%m%d-%H%M%S')}"
        while kept.exists():
            kept = kept.with_name(kept.name + "x")
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(target, kept)


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
