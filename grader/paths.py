"""Where things are: the repository, the course folder, and what the commands write (all under build/)."""

from pathlib import Path

ASSIGNMENT = "hw_sampler"
CONFIG = "nbgrader_config.py"


class CourseError(Exception):
    """Something an instructor can mend: the message is a sentence that says what is wrong and the way out."""


def repo_root() -> Path:
    """The folder of this kit: the one that holds `pyproject.toml` and `assignments/`.

    Looks upward from the working folder first, then at the place this package was installed from.

    Raises:
        CourseError: neither of them is inside a copy of the kit.
    """
    here = Path.cwd().resolve()
    for folder in (here, *here.parents, Path(__file__).resolve().parent.parent):
        if (folder / "pyproject.toml").is_file() and (folder / "assignments" / CONFIG).is_file():
            return folder
    raise CourseError(f"{here} is not inside the kit: run `course` in the folder that holds pyproject.toml.")


def assignments_dir() -> Path:
    """The nbgrader course folder that the repository carries."""
    return repo_root() / "assignments"


def build_dir(*parts: str) -> Path:
    """A folder under `build/`, made if it is not there."""
    folder = repo_root().joinpath("build", *parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
