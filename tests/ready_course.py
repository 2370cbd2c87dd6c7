"""A course folder with the tiny homework released and a fake judge, for the tests of the coordinator."""

import shutil
from pathlib import Path

from small_course import ASSIGNMENT, make_course, submit

from grader.course import Course

RIGHT = {"double": "def double(x):\n    return 2 * x", "greet": "def greet(name):\n    return f'Привет, {name}'"}
HALF = {**RIGHT, "double": "def double(x):\n    return x * x  # wrong answer"}
JUDGES = "fake_judges"


def ready(root: Path, judge: str = "by_text") -> Course:
    """A new course whose release is made (and not proven, which takes long)."""
    folder = make_course(root)
    use_judge(folder, judge)
    course = Course(folder)
    outcome = course.generate_release(ASSIGNMENT)
    assert outcome.success, outcome.log
    return course


def copy(course: Course, root: Path) -> Course:
    """The same course at another place."""
    shutil.copytree(course.root, root / "course")
    return Course(root / "course")


def use_judge(folder: Path, judge: str) -> Course:
    """Let another fake judge grade from now on; also in processes that are started."""
    path = folder / "nbgrader_config.py"
    here = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})"
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{here}\nc.Grading.judge = '{JUDGES}.{judge}'\n")
    return Course(folder)


def hand_in(course: Course, student: str, **answers: str) -> Path:
    """Put a submission into `submitted/` in place of an earlier one."""
    shutil.rmtree(course.folder("submitted", ASSIGNMENT, student), ignore_errors=True)
    (course.root / "submitted" / student).mkdir(parents=True, exist_ok=True)
    return submit(course.notebook("release", ASSIGNMENT), course.root / "submitted", student, **answers)


def scores(course: Course) -> dict[str, dict[str, float | None]]:
    """What the gradebook holds: {student: {test: points given by the grader}}."""
    with course.gradebook() as gradebook:
        found = {}
        for submission in gradebook.assignment_submissions(ASSIGNMENT):
            grades = submission.notebooks[0].grades
            found[submission.student.id] = {one.name: one.auto_score for one in grades if one.name.startswith("test_")}
        return found
