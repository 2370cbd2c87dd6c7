"""`course build`, second half: the student kit, a folder and one zip, proven to give nothing away."""

import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.course import Course
from grader.kit import contents, leaks, stage, wheels
from grader.kit.giveaways import SCRATCH, Secrets, read_secrets
from grader.kit.needs import student_needs
from grader.paths import CourseError, repo_root

Say = Callable[[str], None]


@dataclass(frozen=True)
class Kit:
    """The folder, the zip that holds the same, and the platforms that have a sampler in it."""

    folder: Path
    archive: Path
    platforms: list[str]


def build_kit(course: Course, assignment: str, out: Path, brought: Path, say: Say = lambda _: None) -> Kit:
    """Make the student kit of a released assignment.

    Args:
        course: the course folder; the assignment is released in it.
        assignment: its name.
        out: the kit's folder; the zip is written beside it. What an earlier build left there stays if this one fails.
        brought: folder with the sampler's wheels for other platforms; need not be there.
        say: is told the name of each step before it begins.

    Returns:
        The kit.

    Raises:
        CourseError: it cannot be built here, or it would give something away.
    """
    root, release = repo_root(), course.notebook("release", assignment)
    with tempfile.TemporaryDirectory(prefix=SCRATCH) as scratch:
        draft = Path(scratch) / stage.project(root)["name"]
        put_wheels(root, release, brought, draft / "wheels", Path(scratch), say)
        say("notebooks and README of the kit")
        contents.write_notebooks(root, release, draft)
        contents.write_texts(root, assignment, draft)
        say("the kit gives nothing away")
        return publish(draft, out, read_secrets(root, course, assignment))


def put_wheels(root: Path, release: Path, brought: Path, out: Path, scratch: Path, say: Say) -> None:
    """Build or copy all wheels of the kit."""
    out.mkdir(parents=True)
    others = wheels.brought(root, brought)
    for path in others:
        shutil.copyfile(path, out / path.name)
    if not any(map(wheels.fits_here, others)):
        say("the sampler is compiled")
        wheels.compile_sampler(root, scratch / "sampler", out)
    say("the library is packed")
    wheels.make_wheel(stage.stage_missing(root, scratch / "missing"), out)
    wheels.make_wheel(stage.stage_library(root, scratch / "library", student_needs(root), release), out)


def publish(draft: Path, out: Path, secrets: Secrets) -> Kit:
    """Zip a draft of the kit, look for leaks and, if there are none, put folder and zip in their places.

    Args:
        draft: the folder, with the name that it has in the zip.
        out: where the kit's folder goes.
        secrets: what must not be in it.

    Raises:
        CourseError: something leaks. Then nothing is changed.
    """
    archive = draft.with_suffix(".zip")
    zip_folder(draft, archive)
    if found := leaks.leaks(archive, secrets):
        shown = "\n".join(f"  {line}" for line in found[:20])
        raise CourseError(f"The student kit would give away what it must not, so it was not made:\n{shown}")
    out.parent.mkdir(parents=True, exist_ok=True)
    final = out.parent / archive.name
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(draft, out)
    shutil.copyfile(archive, final)
    return Kit(out, final, wheels.platforms(sorted(out.glob("wheels/*.whl"))))


def zip_folder(folder: Path, archive: Path) -> None:
    """Write a zip of a folder with the folder's name in front; wheels are compressed already."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            kind = zipfile.ZIP_STORED if path.suffix == ".whl" else zipfile.ZIP_DEFLATED
            target.write(path, path.relative_to(folder.parent).as_posix(), compress_type=kind)
