"""Zips that students hand in: what is inside comes out as one notebook under our own name, and nothing else happens."""

import io
import stat
import zipfile

import pytest
from small_course import ASSIGNMENT, make_course

from grader import archives
from grader.archives import find_archives, student_of, unpack
from grader.course import Course
from grader.homework import read_homework
from grader.intake import MAX_BYTES, take_in
from grader.paths import CourseError
from grader.submissions import collect

NOTEBOOK = f"{ASSIGNMENT}.ipynb"


@pytest.fixture
def course(tmp_path):
    return Course(make_course(tmp_path))


def pack(path, entries):
    """A zip of (name or ZipInfo, content)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in entries:
            archive.writestr(entry, content, compress_type=zipfile.ZIP_DEFLATED)
    return path


def unpacked(tmp_path, entries):
    """What comes out of a zip: {path: text}."""
    unpack(pack(tmp_path / "in.zip", entries), ASSIGNMENT, tmp_path / "out")
    return {path.name: path.read_text() for path in (tmp_path / "out").rglob("*")}


def test_the_layout_of_course_submit(tmp_path):
    assert unpacked(tmp_path, [(f"anna/{ASSIGNMENT}/{NOTEBOOK}", "1")]) == {NOTEBOOK: "1"}


def test_a_notebook_at_the_top_and_what_systems_add(tmp_path):
    entries = [
        (f"__MACOSX/._{NOTEBOOK}", "no"),
        (f".ipynb_checkpoints/{NOTEBOOK}", "old"),
        (NOTEBOOK, "1"),
        ("a.txt", "x"),
    ]
    assert unpacked(tmp_path, entries) == {NOTEBOOK: "1"}


def test_the_one_nearest_to_the_top_counts(tmp_path):
    assert unpacked(tmp_path, [(f"old/copy/{NOTEBOOK}", "old"), (f"anna/{NOTEBOOK}", "new")]) == {NOTEBOOK: "new"}


def test_a_single_notebook_may_have_another_name_and_two_may_not(tmp_path):
    assert unpacked(tmp_path, [("мой.ipynb", "1")]) == {NOTEBOOK: "1"}
    assert unpacked(tmp_path / "two", [("a.ipynb", "1"), ("b.ipynb", "2")]) == {}


@pytest.mark.parametrize("name", [f"../../{NOTEBOOK}", f"/etc/{NOTEBOOK}", f"..\\{NOTEBOOK}", f"C:\\{NOTEBOOK}"])
def test_a_path_that_leads_elsewhere_leads_nowhere(tmp_path, name):
    before = {path for path in tmp_path.rglob("*")}
    found = unpacked(tmp_path, [(name, "1")])
    assert found in ({}, {NOTEBOOK: "1"})
    assert {path for path in tmp_path.rglob("*")} - before <= {
        tmp_path / "in.zip", tmp_path / "out", tmp_path / "out" / NOTEBOOK
    }  # fmt: skip


def test_a_link_is_not_made(tmp_path):
    link = zipfile.ZipInfo(NOTEBOOK)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert unpacked(tmp_path, [(link, "/etc/passwd")]) == {}


def test_a_bomb_is_read_up_to_the_limit(tmp_path):
    path = pack(tmp_path / "bomb.zip", [(NOTEBOOK, b"0" * (4 * MAX_BYTES))])
    assert path.stat().st_size < MAX_BYTES / 100
    unpack(path, ASSIGNMENT, tmp_path / "out")
    assert (
        tmp_path / "out" / NOTEBOOK
    ).stat().st_size == MAX_BYTES + 1  # by which the grader sees that it is too large


@pytest.mark.parametrize("max_bytes", [10, MAX_BYTES + 10])
def test_the_limit_may_be_another_one(tmp_path, max_bytes):
    for size, expected in ((max_bytes, max_bytes), (max_bytes + 5, max_bytes + 1)):
        archive = pack(tmp_path / f"{size}.zip", [(NOTEBOOK, b"0" * size)])
        unpack(archive, ASSIGNMENT, tmp_path / f"out-{size}", max_bytes)
        assert (tmp_path / f"out-{size}" / NOTEBOOK).stat().st_size == expected


def test_too_many_entries_and_too_large_a_zip_are_not_looked_through(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_ENTRIES", 2)
    assert unpacked(tmp_path, [(NOTEBOOK, "1"), ("a", ""), ("b", "")]) == {}
    monkeypatch.setattr(archives, "MAX_ARCHIVE", 10)
    assert unpacked(tmp_path / "large", [(NOTEBOOK, "1")]) == {}


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04" + b"\xff" * 100])
def test_what_is_no_zip_gives_nothing(tmp_path, content):
    (tmp_path / "in.zip").write_bytes(content)
    unpack(tmp_path / "in.zip", ASSIGNMENT, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_damaged_and_an_encrypted_zip_give_nothing(tmp_path):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr(NOTEBOOK, "x" * 1000)
    damaged = bytearray(whole.getvalue())
    damaged[200] ^= 1  # the checksum no longer fits
    encrypted = bytearray(whole.getvalue())
    for place in (6, whole.getvalue().index(b"PK\x01\x02") + 8):
        encrypted[place] |= 1
    for name, content in (("damaged", damaged), ("encrypted", encrypted)):
        (tmp_path / name).write_bytes(content)
        unpack(tmp_path / name, ASSIGNMENT, tmp_path / f"{name}-out")
        assert list((tmp_path / f"{name}-out").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "student"),
    [
        (f"{ASSIGNMENT}-anna.zip", "anna"),
        (f"{ASSIGNMENT}-Анна-Петрова.zip", "Анна-Петрова"),
        (f"12345_Петрова_{ASSIGNMENT}-anna.zip", "anna"),
        (f"{ASSIGNMENT}-anna (1).zip", "anna"),
        (f"{ASSIGNMENT}-anna copy.zip", "anna"),
        (f"{ASSIGNMENT}-Сергеи\u0306.zip", "Сергей"),
        (f"{ASSIGNMENT}.zip", None),
        ("homework.zip", None),
        (f"{ASSIGNMENT}-.zip", None),
        (f"{ASSIGNMENT}-...zip", None),
        (f"{ASSIGNMENT}-a*b.zip", None),
        (f"{ASSIGNMENT}-{'a' * 65}.zip", None),
    ],
)
def test_whose_a_zip_is(tmp_path, name, student):
    assert student_of(tmp_path / name, ASSIGNMENT) == student


def test_two_of_one_student_and_one_of_nobody_are_sentences(tmp_path):
    for name in (f"{ASSIGNMENT}-anna.zip", f"{ASSIGNMENT}-anna (1).zip"):
        pack(tmp_path / name, [(NOTEBOOK, "1")])
    with pytest.raises(CourseError, match="both anna's: leave the one that counts"):
        find_archives(tmp_path, ASSIGNMENT)
    pack(tmp_path / "other" / "дз.zip", [(NOTEBOOK, "1")])
    with pytest.raises(CourseError, match="Whose is дз.zip"):
        find_archives(tmp_path / "other", ASSIGNMENT)


def test_zips_and_folders_side_by_side_are_collected(course, tmp_path):
    pack(tmp_path / "in" / f"{ASSIGNMENT}-anna.zip", [(f"boris/{ASSIGNMENT}/{NOTEBOOK}", "1")])
    folder = tmp_path / "in" / "vera" / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / NOTEBOOK).write_text("2")
    assert collect(course, ASSIGNMENT, tmp_path / "in") == ["anna", "vera"]
    assert course.notebook("submitted", ASSIGNMENT, "anna").read_text() == "1"
    assert course.notebook("submitted", ASSIGNMENT, "vera").read_text() == "2"
    assert course.submitted(ASSIGNMENT) == ["anna", "vera"]  # the name inside the zip is not believed
    pack(tmp_path / "in" / f"{ASSIGNMENT}-vera.zip", [(NOTEBOOK, "3")])
    with pytest.raises(CourseError, match="vera has a folder and a zip"):
        collect(course, ASSIGNMENT, tmp_path / "in")


def test_a_later_zip_replaces_and_the_earlier_notebook_is_kept(course, tmp_path):
    for text in ("old", "new", "new"):
        pack(tmp_path / "in" / f"{ASSIGNMENT}-anna.zip", [(NOTEBOOK, text)])
        collect(course, ASSIGNMENT, tmp_path / "in")
    assert course.notebook("submitted", ASSIGNMENT, "anna").read_text() == "new"
    assert [path.read_text() for path in (course.root / "replaced").rglob("*.ipynb")] == ["old"]


def test_whoever_hands_in_rubbish_gets_a_reason_and_the_others_a_mark(course, tmp_path):
    assert course.generate_release(ASSIGNMENT).success
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / f"{ASSIGNMENT}-rubbish.zip").write_bytes(b"rubbish")
    pack(tmp_path / "in" / f"{ASSIGNMENT}-bomb.zip", [(NOTEBOOK, b"0" * (2 * MAX_BYTES))])
    release = course.notebook("release", ASSIGNMENT).read_text(encoding="utf-8")
    pack(tmp_path / "in" / f"{ASSIGNMENT}-anna.zip", [(NOTEBOOK, release)])
    assert collect(course, ASSIGNMENT, tmp_path / "in") == ["anna", "bomb", "rubbish"]
    homework = read_homework(course, ASSIGNMENT)
    problems = {
        name: take_in(course.folder("submitted", ASSIGNMENT, name), homework).problem
        for name in ("anna", "bomb", "rubbish")
    }
    assert problems["anna"] is None
    assert "больше 20 МБ" in problems["bomb"]
    assert "нет файла" in problems["rubbish"]
