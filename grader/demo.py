"""`course demo`: the whole course once, from the seminar to a table of marks, in a folder of its own."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from grader.course import Course
from grader.grading import grade
from grader.kit.build import build_kit
from grader.kit.wheels import NoCompiler
from grader.marks import Mark
from grader.paths import ASSIGNMENT, CONFIG, assignments_dir, build_dir, repo_root
from grader.release import Say, build
from grader.results import save_json
from grader.seminar import Seminar
from grader.submissions import put

# All right, two mistakes that half of a class makes, one answer left empty, one that stops with an error, and one that
# tries to print its own mark.
EXAMPLES = (
    "right/right",
    "wrong/temperature-multiplied",
    "wrong/nucleus-exclusive",
    "wrong/missing",
    "wrong/raises",
    "hostile/displayhook-forged",
)


@dataclass(frozen=True)
class Demo:
    """What the demo leaves to look at."""

    course: Course
    marks: list[Mark]
    release: Path
    kit: Path | None
    json: Path

    def places(self, seminar: Seminar | None) -> list[tuple[str, Path]]:
        """What to look at, and where it is."""
        feedback = self.course.folder("feedback", ASSIGNMENT, "{}").parent.parent
        pages = [feedback / one.student / ASSIGNMENT / f"{ASSIGNMENT}.html" for one in self.marks]
        kit = [("the student kit", self.kit)] if self.kit else []
        before = [("the seminar, executed", seminar.page), ("its numbers", seminar.metrics)] if seminar else []
        return [
            *before,
            *kit,
            ("the homework in it", self.release),
            *(("what a student reads", page) for page in pages if page.is_file()),
            ("marks as JSON", self.json),
            ("nbgrader's gradebook", self.course.root / "gradebook.db"),
        ]


def run(folder: Path, say: Say = lambda _: None) -> Demo:
    """Build the homework, put in six example submissions and mark them, all in one folder.

    Args:
        folder: where everything is written; a course that an earlier demo left there is removed.
        say: is told the name of each step before it begins.

    Raises:
        CourseError: the homework cannot be built.
    """
    course = fresh_course(folder / "course", assignments_dir())
    release = build(course, ASSIGNMENT, say)
    kit = make_kit(course, folder, say)
    say(f"{len(EXAMPLES)} example submissions")
    put_examples(course, repo_root() / "tests" / "submissions")
    marks = grade(course, ASSIGNMENT)
    path = folder / "marks.json"
    save_json(path, ASSIGNMENT, marks)
    return Demo(course, marks, release, kit, path)


def make_kit(course: Course, folder: Path, say: Say) -> Path | None:
    """The student kit's zip; None, and the reason told, where the sampler cannot be compiled."""
    try:
        return build_kit(course, ASSIGNMENT, folder / "kit", build_dir() / "wheels", say).archive
    except NoCompiler as reason:
        say(f"no student kit: {reason}")
        return None


def fresh_course(target: Path, origin: Path) -> Course:
    """A new copy of a course's settings and sources, so that a real gradebook is never touched.

    Args:
        target: where the copy goes; what an earlier demo left there is removed.
        origin: the course folder.
    """
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(origin / "source", target / "source", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copyfile(origin / CONFIG, target / CONFIG)
    return Course(target)


def put_examples(course: Course, answers: Path, names: tuple[str, ...] = EXAMPLES) -> None:
    """Make whole submissions from scripts of answers and put them into the course.

    Args:
        course: the course folder, with the assignment built.
        answers: folder with KIND/NAME.py for each of `names`.
        names: KIND/NAME; the students bear the second part.
    """
    import nbformat

    from grader.answers import make_submission

    release = course.notebook("release", ASSIGNMENT)
    for script in [answers / f"{name}.py" for name in names]:
        folder = course.root / "examples" / script.stem / ASSIGNMENT
        folder.mkdir(parents=True)
        nbformat.write(make_submission(release, script), folder / f"{ASSIGNMENT}.ipynb")
        put(course, ASSIGNMENT, script.stem, folder)
