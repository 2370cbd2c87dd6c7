"""Submissions on their way into the course folder: copied whole, and nothing that was there is lost."""

import os
import subprocess
from pathlib import Path

import pytest
from small_course import ASSIGNMENT, make_course

from grader.course import Course
from grader.paths import CourseError
from grader.submissions import collect, regular_files


@pytest.fixture
def course(tmp_path):
    return Course(make_course(tmp_path))


def hand_in(folder, student, text):
    path = folder / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_everyone_is_copied_with_their_other_files(course, tmp_path):
    hand_in(tmp_path / "in", "anna", "1")
    hand_in(tmp_path / "in", "борис", "2").with_name("data").mkdir()
    (tmp_path / "in" / "борис" / ASSIGNMENT / "data" / "a.txt").write_text("x")
    assert collect(course, ASSIGNMENT, tmp_path / "in").students == ["anna", "борис"]
    assert course.notebook("submitted", ASSIGNMENT, "anna").read_text() == "1"
    assert (course.folder("submitted", ASSIGNMENT, "борис") / "data" / "a.txt").read_text() == "x"


def test_other_students_stay_and_a_changed_notebook_is_kept(course, tmp_path):
    hand_in(tmp_path / "one", "anna", "old")
    hand_in(tmp_path / "one", "vera", "same")
    collect(course, ASSIGNMENT, tmp_path / "one")
    hand_in(tmp_path / "two", "anna", "new")
    collect(course, ASSIGNMENT, tmp_path / "two")
    assert course.submitted(ASSIGNMENT) == ["anna", "vera"]
    assert course.notebook("submitted", ASSIGNMENT, "anna").read_text() == "new"
    assert [path.read_text() for path in (course.root / "replaced").rglob("*.ipynb")] == ["old"]


def test_what_was_replaced_is_told_with_its_place(course, tmp_path):
    for text in ("old", "new"):
        hand_in(tmp_path / "in", "anna", text)
        hand_in(tmp_path / "in", "vera", "same")
        replaced = collect(course, ASSIGNMENT, tmp_path / "in").replaced
    assert {student: place.parent.name for student, place in replaced.items()} == {"anna": "anna"}
    assert (replaced["anna"] / f"{ASSIGNMENT}.ipynb").read_text() == "old"


def test_the_same_notebook_twice_leaves_no_copy(course, tmp_path):
    hand_in(tmp_path / "in", "anna", "1")
    collect(course, ASSIGNMENT, tmp_path / "in")
    collect(course, ASSIGNMENT, tmp_path / "in")
    assert not (course.root / "replaced").exists()


def test_two_changes_within_a_second_are_both_kept(course, tmp_path):
    for text in ("1", "2", "3"):
        hand_in(tmp_path / "in", "anna", text)
        collect(course, ASSIGNMENT, tmp_path / "in")
    assert sorted(path.read_text() for path in (course.root / "replaced").rglob("*.ipynb")) == ["1", "2"]


def test_the_courses_own_folder_may_be_named(course):
    path = hand_in(course.root / "submitted", "anna", "1")
    assert collect(course, ASSIGNMENT, course.root / "submitted").students == ["anna"]
    assert path.read_text() == "1"


def test_links_are_not_followed(course, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    notebook = hand_in(tmp_path / "in", "anna", "1")
    (notebook.parent / "link.txt").symlink_to(secret)
    (notebook.parent / "folder").symlink_to(tmp_path)
    (tmp_path / "in" / "linked").mkdir()
    (tmp_path / "in" / "linked" / ASSIGNMENT).symlink_to(notebook.parent)
    # Who handed in a link gets a verdict, too.
    assert collect(course, ASSIGNMENT, tmp_path / "in").students == ["anna", "linked"]
    assert not list(course.folder("submitted", ASSIGNMENT, "linked").iterdir())
    assert [path.name for path in course.folder("submitted", ASSIGNMENT, "anna").iterdir()] == [notebook.name]


def test_a_missing_folder_and_a_wrong_layout_are_sentences(course, tmp_path):
    with pytest.raises(CourseError, match="no such folder"):
        collect(course, ASSIGNMENT, tmp_path / "nowhere")
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat" / f"{ASSIGNMENT}.ipynb").write_text("{}")
    with pytest.raises(
        CourseError, match=rf"(?s)STUDENT/{ASSIGNMENT}/{ASSIGNMENT}.ipynb.*  {ASSIGNMENT}.ipynb: neither"
    ):
        collect(course, ASSIGNMENT, tmp_path / "flat")


def test_a_folder_that_is_closed_or_endless_stops_nobody(tmp_path, monkeypatch):
    folder = tmp_path / "anna" / "hw"
    folder.mkdir(parents=True)
    (folder / "hw.ipynb").write_text("{}")
    (folder / "closed").mkdir()
    (folder / "closed" / "inside").write_text("x")
    there = os.getcwd()
    os.chdir(folder)
    try:
        for _ in range(1500):
            os.mkdir("d")
            os.chdir("d")
        Path("deep").write_text("x")
    finally:
        os.chdir(there)
    real = os.scandir

    def scandir(path):
        if Path(path).name == "closed":
            raise PermissionError(13, "closed", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert regular_files(folder) == [folder / "hw.ipynb"]
    monkeypatch.undo()
    subprocess.run(["rm", "-rf", str(folder / "d")], check=True)
