"""The nbgrader course folder: its settings, its steps (release, feedback) and its gradebook."""

import functools
import glob
import logging
import os
import re
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader import api
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log, temp_attrs
from traitlets.config import Config, LoggingConfigurable, PyFileConfigLoader

from grader.kernel import use_own_environment
from grader.paths import CONFIG, CourseError

ERROR_LINE = re.compile(r"[\w.]*(Error|Exception|Entry)\b.*: ")
PATTERN = "* ? [ ]"  # nbgrader takes these in a path for a pattern, and then finds nothing


@dataclass(frozen=True)
class Outcome:
    """How one nbgrader step ended: whether it succeeded and everything it logged."""

    success: bool
    log: str

    def last_error(self) -> str:
        """The last line that says why the step failed."""
        lines = [line.strip() for line in self.log.splitlines() if line.strip()]
        errors = [line for line in lines if ERROR_LINE.match(line) and "Please see the" not in line]
        return (errors or lines or ["no reason was logged"])[-1]


class Course:
    """One course folder, worked on through nbgrader's own converters and with the folder's own settings.

    Args:
        root: the folder that holds `nbgrader_config.py`.

    Raises:
        CourseError: there is no such folder or no settings in it, or the settings are wrong.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root).resolve()
        if not (self.root / CONFIG).is_file():
            raise CourseError(f"{self.root} is not a course folder: it holds no {CONFIG}.")
        if is_pattern(str(self.root)):
            raise CourseError(f"{self.root} has one of {PATTERN} in its path, which nbgrader cannot read: move it.")
        use_own_environment()
        quiet_nbgrader()
        keep_compiled_statements()
        self.config: Config = read_settings(self.root)
        self.config.CourseDirectory.root = str(self.root)
        self.directory = CourseDirectory(config=self.config)

    @classmethod
    def around(cls, directory: CourseDirectory, config: Config) -> "Course":
        """The course that an nbgrader command works on, with the settings that the command has read already."""
        course = cls.__new__(cls)
        course.root = Path(directory.root).resolve()
        check_names(config)
        course.config = config
        course.directory = directory
        return course

    def folder(self, step: str, assignment: str, student: str = ".") -> Path:
        """The folder of an assignment at a step: source, release, submitted, autograded or feedback."""
        name = getattr(self.directory, f"{step}_directory")
        return Path(self.directory.format_path(name, student, assignment))

    def notebook(self, step: str, assignment: str, student: str = ".") -> Path:
        """The assignment's notebook at a step; the assignment and its notebook bear one name."""
        return self.folder(step, assignment, student) / f"{assignment}.ipynb"

    def assignments(self) -> list[str]:
        """Names of the assignments that have a source."""
        return sorted(path.parent.name for path in (self.root / "source").glob("*/*.ipynb"))

    def submitted(self, assignment: str) -> list[str]:
        """Names of the students who have a folder for the assignment."""
        pattern = glob.escape(str(self.root / self.directory.submitted_directory))
        found = glob.glob(os.path.join(pattern, "*", assignment))
        return sorted(Path(path).parent.name for path in found)

    def gradebook(self) -> Gradebook:
        """The gradebook; use it in a `with`."""
        return Gradebook(self.directory.db_url, self.directory.course_id)

    def is_released(self, assignment: str) -> bool:
        """Whether the assignment was built: it is in the gradebook and its release is there."""
        if not self.notebook("release", assignment).is_file():
            return False
        with self.gradebook() as gradebook:
            return assignment in {entry.name for entry in gradebook.assignments}

    def generate_release(self, assignment: str) -> Outcome:
        """Source to release, and the cells of the source into the gradebook."""
        return self._run(GenerateAssignment, assignment, force=True, create_assignment=True)

    def generate_feedback(self, assignment: str, student: str) -> Outcome:
        """Write one student's feedback page."""
        notebook = self.notebook("autograded", assignment, student)
        return self._run(OneFeedback, assignment, force=True, only=notebook)

    def _run(self, converter: type, assignment: str, **options: Any) -> Outcome:
        """Run one converter for one assignment."""
        with temp_attrs(self.directory, assignment_id=assignment, student_id="."):
            step: LoggingConfigurable = converter(coursedir=self.directory, config=self.config)
            for name, value in options.items():
                setattr(step, name, value)
            result = capture_log(step)
        if result.get("error", "").rstrip().endswith("KeyboardInterrupt"):
            raise KeyboardInterrupt  # nbgrader takes it for one more failure
        return Outcome(result["success"], result.get("log", "") + result.get("error", ""))


class OneFeedback(GenerateFeedback):
    """nbgrader's feedback for one notebook, whatever its student's name; nbgrader itself looks for a pattern."""

    only: Path

    def init_notebooks(self) -> None:
        """There is just the one notebook that was named."""
        self.assignments = {str(self.only.parent): [str(self.only)]} if self.only.is_file() else {}
        if not self.assignments:
            raise NbGraderException(f"There is no {self.only}: it was not graded.")


def read_settings(root: Path) -> Config:
    """The settings of a course folder. CourseError, with file and line, if they cannot be read."""
    try:
        config = PyFileConfigLoader(CONFIG, path=str(root)).load_config()
    except Exception as error:  # the file is a program: anything may go wrong in it
        path = str(root / CONFIG)
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
        if isinstance(error, SyntaxError) and error.filename:
            path, lines = error.filename, [error.lineno]
        place = f"{path}, line {lines[-1]}" if lines else path
        raise CourseError(f"{place}: {type(error).__name__}: {getattr(error, 'msg', None) or error}") from error
    check_names(config)
    return config


def check_names(config: Config) -> None:
    """Raise CourseError if the settings of marking have a name that is none; traitlets only warns of it."""
    from grader.jobs import Box, Grading  # which imports this module

    for section in (Box, Grading):
        known = section.class_trait_names(config=True)
        for name in config.get(section.__name__, {}):
            if name not in known:
                here, names = f"c.{section.__name__}", ", ".join(known)
                raise CourseError(f"{here}.{name} in {CONFIG}: there is no such setting; {here} has {names}.")


def is_pattern(path: str) -> bool:
    """Whether nbgrader would read a path as a pattern."""
    return any(letter in path for letter in PATTERN.split())


def keep_compiled_statements() -> None:
    """Let all gradebooks of this process share one SQLAlchemy engine for each database.

    nbgrader opens a gradebook for every step of every submission, each with an engine of its own, and the statements
    that an engine has compiled go with it: compiling them anew is most of what recording a mark takes. A gradebook that
    is closed closes its connections and leaves the engine usable.
    """
    if not hasattr(api.create_engine, "cache_info"):
        api.create_engine = functools.cache(api.create_engine)


def quiet_nbgrader() -> None:
    """Keep nbgrader's log out of the terminal: every step's log is captured and shown where it matters."""
    logger = logging.getLogger("traitlets")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    warnings.filterwarnings("ignore", message=".*not in session", module="nbgrader")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
