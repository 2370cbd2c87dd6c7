"""Folders of submissions as instructors have them: everybody's work is found, and what is not taken is named."""

import unicodedata

import pytest
from small_course import ASSIGNMENT

from grader.layout import look_through
from grader.paths import CourseError

NOTEBOOK = f"{ASSIGNMENT}.ipynb"


def make(folder, *names):
    """Empty files, and folders where a name ends with a slash; returns the folder."""
    for name in names:
        path = folder / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.touch()
    return folder


def found(folder, *others):
    """What is found: ({student: place}, [names of what is left])."""
    layout = look_through(folder, ASSIGNMENT, others)
    works = {student: str(path.relative_to(folder)) for student, path in layout.works.items()}
    return works, [line.partition(":")[0] for line in layout.left]


@pytest.mark.parametrize(
    ("name", "student", "place"),
    [
        (f"anna/{ASSIGNMENT}/{NOTEBOOK}", "anna", f"anna/{ASSIGNMENT}"),
        (f"anna/{NOTEBOOK}", "anna", None),
        ("anna/мой.ipynb", "anna", None),
        (f"anna/{ASSIGNMENT}-sol.zip", "anna", None),
        ("anna/дз.ZIP", "anna", None),
        (f"{ASSIGNMENT}-UPPER.ZIP", "UPPER", None),
        (f"Анна П_12_assignsubmission_file/{ASSIGNMENT}-sol.zip", "sol", None),
        (f"Анна П_12_assignsubmission_file_/{NOTEBOOK}", "Анна П", None),
        ("Анна П_12_assignsubmission_file_/дз.zip", "Анна П", None),
        (f"Серге\u0438\u0306/{NOTEBOOK}", "Сергей", None),
    ],
)
def test_where_work_may_lie(tmp_path, name, student, place):
    assert found(make(tmp_path, name)) == ({student: place or name}, [])


def test_everything_else_is_named_and_stops_nobody(tmp_path):
    odd = [
        "HW.7z",
        "loose.ipynb",
        "дз.zip",
        "empty/",
        f"boris/{ASSIGNMENT.upper()}/{NOTEBOOK}",
        "two/a.zip",
        "two/b.zip",
    ]
    make(tmp_path, f"anna/{NOTEBOOK}", f"anna/{ASSIGNMENT}.txt", *odd, ".hidden", "__MACOSX/x")
    assert found(tmp_path) == ({"anna": f"anna/{NOTEBOOK}"}, sorted({name.partition("/")[0] for name in odd}))


def test_the_notebook_of_the_assignments_name_counts(tmp_path):
    make(tmp_path, f"anna/{NOTEBOOK}", "anna/черновик.ipynb", "anna/data.zip")
    assert found(tmp_path) == ({"anna": f"anna/{NOTEBOOK}"}, [])


def test_other_assignments_of_the_course_are_no_news(tmp_path):
    other = f"{ASSIGNMENT}-2"
    make(tmp_path, f"anna/{NOTEBOOK}", f"anna/{other}.ipynb", f"boris/{other}/{other}.ipynb", f"{other}-vera.zip")
    assert found(tmp_path, other) == ({"anna": f"anna/{NOTEBOOK}"}, [])


def test_with_nobodys_work_all_that_is_there_is_named(tmp_path):
    with pytest.raises(
        CourseError, match=rf"(?s)nothing of the form.*a.zip: whose is it\? .*{ASSIGNMENT}-STUDENT.*b.zip"
    ):
        found(make(tmp_path, "a.zip", "b.zip"))


def test_whoever_is_there_twice_is_named_also_where_the_names_only_look_alike(tmp_path):
    name = "Сергей"
    make(tmp_path, f"{unicodedata.normalize('NFD', name)}/{ASSIGNMENT}/", f"{ASSIGNMENT}-{name}.zip")
    make(tmp_path, f"{ASSIGNMENT}-anna.zip", f"{ASSIGNMENT}-anna (1).zip")
    with pytest.raises(CourseError, match=rf"(?s)leave the one that counts.*anna: .*\(1\).zip.*{name}: "):
        found(tmp_path)
