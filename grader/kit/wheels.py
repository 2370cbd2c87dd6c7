"""The kit's wheels: the library, the sampler for this machine and others, and the one for platforms without a build."""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from packaging.tags import Tag, sys_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from grader.kit import stage
from grader.paths import CourseError


class NoCompiler(CourseError):
    """This machine cannot compile the sampler."""


BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
COMPILERS = ("cc", "gcc", "clang")


def make_wheel(folder: Path, out: Path, environment: dict[str, str] | None = None) -> Path:
    """Build the wheel of a staged folder.

    Args:
        folder: see `grader.kit.stage`.
        out: folder for the wheel.
        environment: further environment variables.

    Returns:
        The wheel.

    Raises:
        CourseError: setuptools could not build it.
    """
    out.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(out.resolve())],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        last = "\n".join(done.stdout.strip().splitlines()[-8:])
        raise CourseError(f"The wheel in {folder} could not be built. The last that its build said:\n{last}")
    return out / done.stdout.strip().splitlines()[-1]


def compile_sampler(root: Path, folder: Path, out: Path) -> Path:
    """Compile the hidden modules for this platform, for Python 3.11 and later; returns the wheel.

    Raises:
        NoCompiler: there is none.
        CourseError: it failed.
    """
    return make_wheel(stage.stage_sampler(root, folder), out, compiler())


def compiler() -> dict[str, str]:
    """Environment variables that lead setuptools to a compiler that is there.

    Raises:
        NoCompiler: there is none, or Python's headers are missing.
    """
    way_out = (
        "install both (Debian and Ubuntu: `apt-get install gcc libc6-dev python3-dev`), or put the wheels that the "
        "workflow kit-wheels has built into build/wheels"
    )
    headers = Path(sysconfig.get_path("include")) / "Python.h"
    if sys.platform == "win32":
        return {}  # setuptools looks for Visual Studio by itself
    command = next(
        (one for one in (os.environ.get("CC"), *COMPILERS) if one and shutil.which(shlex.split(one)[0])), None
    )
    if command is None:
        raise NoCompiler(
            f"The kit's sampler is compiled, and there is no C compiler ({', '.join(COMPILERS)}): {way_out}."
        )
    if not headers.is_file():
        raise NoCompiler(f"The kit's sampler is compiled, and Python's headers are missing ({headers}): {way_out}.")
    if sys.platform == "darwin":
        return {"CC": command}
    return {"CC": command, "LDSHARED": f"{command} -shared"}  # Python's own might name folders of this machine


def brought(root: Path, folder: Path) -> list[Path]:
    """The sampler's wheels that an instructor has put into a folder, for other platforms or for this one.

    Raises:
        CourseError: one of them was built from other sources than those that are here.
    """
    wheels = []
    for path in sorted(folder.rglob("*.whl")) if folder.is_dir() else []:
        name, version, tags = parsed(path)
        if name != stage.SAMPLER or all(tag.platform == "any" for tag in tags):
            continue  # the library or the sentence of an earlier kit
        if version != stage.sampler_version(root):
            raise CourseError(
                f"{path} was built from other sources ({version}, here they are {stage.sampler_version(root)}): "
                "let the workflow kit-wheels build it anew, or remove it."
            )
        wheels.append(path)
    return wheels


def parsed(wheel: Path) -> tuple[str, str, frozenset[Tag]]:
    """Name, version and tags of a wheel. Raises CourseError if the file's name is none of a wheel's."""
    try:
        name, version, _, tags = parse_wheel_filename(wheel.name)
    except InvalidWheelFilename as error:
        raise CourseError(f"{wheel} does not bear the name of a wheel: {error}.") from error
    return str(name), str(version), tags


def fits_here(wheel: Path) -> bool:
    """Whether a wheel is for this Python and this machine, and not for all of them."""
    tags = {tag for tag in parsed(wheel)[2] if tag.platform != "any"}
    return bool(tags & set(sys_tags()))


def platforms(wheels: list[Path]) -> list[str]:
    """The platforms that wheels are for, for the kit's README."""
    return sorted({tag.platform for wheel in wheels for tag in parsed(wheel)[2] if tag.platform != "any"})
