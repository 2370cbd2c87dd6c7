"""Zips that students hand in: what is inside comes out as one notebook under our own name, and nothing else happens."""

import contextlib
import io
import stat
import zipfile

import pytest
from small_course import ASSIGNMENT, make_course

from grader import archives
from grader.archives import BadArchive, student_of, unpack
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


def refused(tmp_path, entries, why):
    """Whether nothing comes out of a zip, for this reason."""
    with pytest.raises(BadArchive, match=why):
        unpacked(tmp_path, entries)
    return not list((tmp_path / "out").iterdir())


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
    assert refused(tmp_path / "two", [("a.ipynb", "1"), ("b.ipynb", "2")], "holds 2 notebooks, and none is called")
    assert refused(tmp_path / "none", [("a.txt", "1")], "holds no notebook")


@pytest.mark.parametrize("name", [f"../../{NOTEBOOK}", f"/etc/{NOTEBOOK}", f"..\\{NOTEBOOK}", f"C:\\{NOTEBOOK}"])
def test_a_path_that_leads_elsewhere_leads_nowhere(tmp_path, name):
    before = {path for path in tmp_path.rglob("*")}
    with contextlib.suppress(BadArchive):
        assert unpacked(tmp_path, [(name, "1")]) == {NOTEBOOK: "1"}
    assert {path for path in tmp_path.rglob("*")} - before <= {
        tmp_path / "in.zip", tmp_path / "out", tmp_path / "out" / NOTEBOOK
    }  # fmt: skip


def test_a_link_is_not_made(tmp_path):
    link = zipfile.ZipInfo(NOTEBOOK)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert refused(tmp_path, [(link, "/etc/passwd")], "holds no notebook")


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
    assert refused(tmp_path, [(NOTEBOOK, "1"), ("a", ""), ("b", "")], "has more than 2 entries")
    monkeypatch.setattr(archives, "MAX_ARCHIVE", 10)
    assert refused(tmp_path / "large", [(NOTEBOOK, "1")], "is larger than 0 MB")


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04" + b"\xff" * 100])
def test_what_is_no_zip_gives_nothing(tmp_path, content):
    (tmp_path / "in.zip").write_bytes(content)
    with pytest.raises(BadArchive):
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
        with pytest.raises(BadArchive, match="damaged or locked"):
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


def test_zips_and_folders_side_by_side_are_collected(course, tmp_path):
    pack(tmp_path / "in" / f"{ASSIGNMENT}-anna.zip", [(f"boris/{ASSIGNMENT}/{NOTEBOOK}", "1")])
    folder = tmp_path / "in" / "vera" / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / NOTEBOOK).write_text("2")
    assert collect(course, ASSIGNMENT, tmp_path / "in").students == ["anna", "vera"]
    assert course.notebook("submitted", ASSIGNMENT, "anna").read_text() == "1"
    assert course.notebook("submitted", ASSIGNMENT, "vera").read_text() == "2"
    assert course.submitted(ASSIGNMENT) == ["anna", "vera"]  # the name inside the zip is not believed
    pack(tmp_path / "in" / f"{ASSIGNMENT}-vera.zip", [(NOTEBOOK, "3")])
    with pytest.raises(CourseError, match=rf"(?s)leave the one.*vera: {ASSIGNMENT}-vera.zip, vera/{ASSIGNMENT}"):
        collect(course, ASSIGNMENT, tmp_path / "in")


def test_a_later_zip_replaces_and_the_earlier_notebook_is_kept(course, tmp_path):
    for text in ("old", "new", "new"):
        pack(tmp_path / "in" / f"{ASSIGNMENT}-anna.zip", [(NOTEBOOK, text)])
        collect(course, ASSIGNMENT, tmp_path / "in")
    assert course.notebook("submitted", ASSIGNMENT, "anna").read_text() == "new"
    assert [path.read_text() for path in (course.root / "replaced").rglob("*.ipynb")] == ["old"]


def test_a_notebook_that_the_settings_allow_is_taken_whole(course, tmp_path):
    course.config.Grading.max_bytes = MAX_BYTES + 100
    pack(tmp_path / "in" / f"{ASSIGNMENT}-anna.zip", [(NOTEBOOK, b"0" * (MAX_BYTES + 50))])
    collect(course, ASSIGNMENT, tmp_path / "in")
    assert course.notebook("submitted", ASSIGNMENT, "anna").stat().st_size == MAX_BYTES + 50
    course.config.Grading.max_bytes = "many"
    with pytest.raises(CourseError, match="max_bytes"):
        collect(course, ASSIGNMENT, tmp_path / "in")


def test_a_zip_that_cannot_be_opened_replaces_nothing_and_a_huge_notebook_has_a_reason(course, tmp_path):
    assert course.generate_release(ASSIGNMENT).success
    release = course.notebook("release", ASSIGNMENT).read_text(encoding="utf-8")
    archive = pack(tmp_path / "in" / f"{ASSIGNMENT}-anna.zip", [(NOTEBOOK, release)])
    assert collect(course, ASSIGNMENT, tmp_path / "in").unreadable == {}
    archive.write_bytes(archive.read_bytes()[:-100])
    pack(tmp_path / "in" / f"{ASSIGNMENT}-bomb.zip", [(NOTEBOOK, b"0" * (2 * MAX_BYTES))])
    found = collect(course, ASSIGNMENT, tmp_path / "in")
    assert found.students == ["anna", "bomb"] and found.replaced == {}
    assert list(found.unreadable) == ["anna"] and f"{archive.name} is damaged" in found.unreadable["anna"]
    assert course.notebook("submitted", ASSIGNMENT, "anna").read_text(encoding="utf-8") == release
    problem = take_in(course.folder("submitted", ASSIGNMENT, "bomb"), read_homework(course, ASSIGNMENT)).problem
    assert "больше 20 МБ" in problem
