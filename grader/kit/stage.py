"""The folders that the kit's wheels are built from: a copy of the sources and the two files that say how.

Nothing but the standard library is needed here, because the workflow that builds for other platforms runs it on bare
machines: `python -m grader.kit.stage FOLDER` writes the sampler's folder.

Two distributions share the package `course_lib`. The library is pure Python and holds everything but the sampler. The
sampler has a small compiled wheel for each platform and a pure one that only says what is missing; pip takes the latter
where no other fits.
"""

import hashlib
import json
import shutil
import sys
import tomllib
from pathlib import Path

from grader.hidden import HIDDEN

PACKAGE = "course_lib"
SAMPLER = "text-generation-sampler"
LEFT_OUT = ("__pycache__", ".*", "*.pyc")

MISSING = """\
import platform

raise ImportError(
    "Сэмплер из этого комплекта не собран для вашего компьютера "
    f"({platform.system()} {platform.machine()}, Python {platform.python_version()}): "
    "попросите преподавателя добавить в комплект сборку для него, а всё остальное в семинаре уже работает."
)
"""
"""What stands in the place of each hidden module on a platform without a build."""

SETUP = """\
import sys

from Cython.Build import cythonize
from setuptools import Extension, setup

# No debug information and no symbols: they would name the folders of the machine that built it. PyTorch has most of the
# work, so the compiler need not try hard.
COMPILE = [] if sys.platform == "win32" else ["-g0", "-O1", "-fvisibility=hidden"]
LINK = {{"win32": [], "darwin": ["-Wl,-x"]}}.get(sys.platform, ["-Wl,-s"])
# Compressed strings would hide a leak from the leak check.
MACROS = [("Py_LIMITED_API", "0x030B0000"), ("CYTHON_LIMITED_API", "1"), ("CYTHON_COMPRESS_STRINGS", "0")]
EXTENSIONS = [
    Extension(
        path.removesuffix(".py").replace("/", "."),
        [path],
        py_limited_api=True,
        define_macros=MACROS,
        extra_compile_args=COMPILE,
        extra_link_args=LINK,
    )
    for path in {modules!r}
]
setup(
    packages=[],
    ext_modules=cythonize(EXTENSIONS, language_level=3),
    options={{"bdist_wheel": {{"py_limited_api": "cp311"}}, "build_ext": {{"parallel": True}}}},
)
"""


def project(root: Path) -> dict:
    """The `[project]` table of the kit's pyproject.toml, the one source of names and versions."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def requirement(root: Path, name: str) -> str:
    """The line of pyproject.toml that asks for a distribution: "torch" -> "torch==2.13.0". Raises KeyError."""
    found = project(root)
    lines = [*found["dependencies"], *(line for group in found["optional-dependencies"].values() for line in group)]
    for line in lines:
        if line.startswith(name) and not line[len(name) :][:1].isalnum() and line[len(name) :][:1] not in ("-", "_"):
            return line
    raise KeyError(name)


def sampler_version(root: Path) -> str:
    """The project's version and a digest of the hidden sources and of how they are built."""
    digest = hashlib.sha256(SETUP.encode())
    for path in HIDDEN:
        digest.update(f"{path}\n{text(root / path)}".encode())
    return f"{project(root)['version']}+s{digest.hexdigest()[:10]}"


def library_version(root: Path, folder: Path) -> str:
    """The project's version and a digest of the files under a folder, so that a mended kit replaces an older one."""
    digest = hashlib.sha256(sampler_version(root).encode())
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return f"{project(root)['version']}+k{digest.hexdigest()[:10]}"


def stage_sampler(root: Path, folder: Path) -> Path:
    """Write the folder that the compiled wheel is built from.

    Args:
        root: the kit's repository.
        folder: where to; what was there is removed.

    Returns:
        The folder.
    """
    start(folder)
    for path in HIDDEN:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text(root / path), encoding="utf-8")
    (folder / PACKAGE / "__init__.py").touch()
    (folder / "setup.py").write_text(SETUP.format(modules=list(HIDDEN)), encoding="utf-8")
    about = pyproject(root, SAMPLER, sampler_version(root), [requirement(root, "torch")], ["cython"])
    (folder / "pyproject.toml").write_text(about + cibuildwheel(root), encoding="utf-8")
    return folder


def stage_missing(root: Path, folder: Path) -> Path:
    """Write the folder of the wheel for platforms without a build; see `stage_sampler`."""
    start(folder)
    places = [path.removesuffix(".py") for path in HIDDEN]
    for place in places:
        (folder / place).mkdir(parents=True)
        (folder / place / "__init__.py").write_text(MISSING, encoding="utf-8")
    about = pyproject(root, SAMPLER, sampler_version(root), [])
    packages = f"\n[tool.setuptools]\npackages = {json.dumps([place.replace('/', '.') for place in places])}\n"
    (folder / "pyproject.toml").write_text(about + packages, encoding="utf-8")
    return folder


def stage_library(root: Path, folder: Path, needs: list[str], release: Path) -> Path:
    """Write the folder of the library's wheel.

    Args:
        root: the kit's repository.
        folder: where to; what was there is removed.
        needs: what the library depends on besides the sampler.
        release: the released homework; `course submit` compares with it.
    """
    start(folder)
    names = {Path(path).name for path in HIDDEN}
    package = folder / PACKAGE
    shutil.copytree(root / PACKAGE, package, ignore=shutil.ignore_patterns(*LEFT_OUT, *names))
    (package / "homework").mkdir()
    shutil.copyfile(release, package / "homework" / release.name)
    about = pyproject(
        root, project(root)["name"], library_version(root, package), [*needs, f"{SAMPLER}=={sampler_version(root)}"]
    )
    rest = f"""
[project.scripts]
course = "{PACKAGE}.submit:main"

[tool.setuptools.packages.find]
include = ["{PACKAGE}*"]

[tool.setuptools.package-data]
{PACKAGE} = ["**/*"]
"""
    (folder / "pyproject.toml").write_text(about + rest, encoding="utf-8")
    return folder


def pyproject(root: Path, name: str, version: str, needs: list[str], tools: list[str] | None = None) -> str:
    """The beginning of a pyproject.toml, as far as all wheels have it in common."""
    builders = [requirement(root, tool) for tool in ["setuptools", *(tools or [])]]
    return f"""\
[build-system]
requires = {json.dumps(builders)}
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "{version}"
requires-python = "{project(root)["requires-python"]}"
dependencies = {json.dumps(needs)}
"""


def cibuildwheel(root: Path) -> str:
    """What cibuildwheel has to know: one wheel a platform, tried with the draw of a token where there is a torch."""
    attempt = (
        "import torch; from course_lib.sampler import Sampler; "
        "print(Sampler(sample_mode='nucleus', p=0.9).sample(torch.randn(3, 100)))"
    )
    return f"""
[tool.cibuildwheel]
build = "cp311-*"
skip = "*-musllinux_*"
test-requires = {json.dumps([requirement(root, "torch"), requirement(root, "numpy")])}
test-skip = "*-macosx_x86_64"
test-command = {json.dumps(f'python -c "{attempt}"')}
"""


def start(folder: Path) -> None:
    """An empty folder in the place of whatever is there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def text(path: Path) -> str:
    """A source file with the line ends of Unix, however git wrote it here."""
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    print(stage_sampler(Path(__file__).resolve().parents[2], Path(sys.argv[1])))
