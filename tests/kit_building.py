"""The student kit of the real homework, built once for a file of tests, and a way to change what is in it."""

import zipfile
from pathlib import Path

from grader.course import Course
from grader.demo import fresh_course
from grader.kit.build import Kit, build_kit
from grader.paths import ASSIGNMENT, assignments_dir


def make_course(folder: Path) -> Course:
    """A copy of the real course whose homework is released (and not proven, which takes long)."""
    course = fresh_course(folder / "course", assignments_dir())
    outcome = course.generate_release(ASSIGNMENT)
    assert outcome.success, outcome.log
    return course


def make_kit(folder: Path, course: Course, brought: Path | None = None) -> Kit:
    """The kit, in a folder of its own."""
    return build_kit(course, ASSIGNMENT, folder / "kit", brought or folder / "no wheels")


def wheel_of(kit: Path, beginning: str, ending: str = "") -> Path:
    """The one wheel of a kit's folder with such a name."""
    [found] = kit.glob(f"wheels/{beginning}*{ending}.whl")
    return found


def rewrite(archive: Path, add: dict[str, str | bytes], remove: tuple[str, ...] = ()) -> None:
    """Put files into a zip or wheel (in place of those of the same name) and take others out."""
    with zipfile.ZipFile(archive) as old:
        kept = {name: old.read(name) for name in old.namelist() if name not in remove}
    with zipfile.ZipFile(archive, "w") as new:
        for name, content in {**kept, **add}.items():
            new.writestr(name, content)
