"""The store of verdicts: kept whole, found again only by the same key, never believed when damaged."""

import json
import os
import stat

import pytest

from grader.marks import Mark, Property, Task, total
from grader.paths import CourseError
from grader.results import BadVerdict, Results, check, check_place, read_reply, save_json

POINTS = {"double": 2.0, "greet": 3.0}
DIGEST = "ab" * 32


def mark(double=2.0, greet=1.5, **more):
    properties = [Property("twice", "Удваивает", double, 2.0)]
    tasks = [
        Task("double", double, 2.0, properties=properties),
        Task("greet", greet, 3.0, "polite", "Здравствуйте «!»"),
    ]
    return total(more.pop("student", ""), tasks, **more)


def changed(**values):
    return {**mark().as_json(), **values}


def changed_task(**values):
    data = mark().as_json()
    data["tasks"][1].update(values)
    return data


@pytest.fixture
def store(tmp_path):
    return Results(tmp_path / "results", "hw", "v1", POINTS)


def test_what_was_kept_is_found(store):
    assert store.find(DIGEST) is None
    store.keep(DIGEST, mark(student="anna"))
    assert store.find(DIGEST) == mark()  # the name is the coordinator's business


def test_only_the_same_key_finds_it(store):
    store.keep(DIGEST, mark())
    assert store.find("cd" * 32) is None
    assert Results(store.folder, "hw", "v2", POINTS).find(DIGEST) is None
    assert Results(store.folder, "other", "v1", POINTS).find(DIGEST) is None
    assert Results(store.folder, "hw", "v1", {"double": 2.0}).find(DIGEST) is None


def test_a_verdict_that_comes_twice_is_there_once(store):
    store.keep(DIGEST, mark())
    store.keep(DIGEST, mark())
    assert len(list(store.folder.iterdir())) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("1.5", "2.5").replace("3.5", "4.5"),
        lambda text: text.replace('"v1"', '"v2"'),
        lambda text: "[]",
        lambda text: "{}",
        lambda text: "null",
        lambda text: "[" * 100_000,
        lambda text: text.replace("checksum", "sum"),
        lambda text: "\udcff" + text,
    ],
)
def test_a_damaged_file_counts_as_not_there(store, damage):
    store.keep(DIGEST, mark())
    path = store.path(DIGEST)
    path.write_bytes(damage(path.read_text("utf-8")).encode("utf-8", "surrogateescape"))
    assert store.find(DIGEST) is None
    store.keep(DIGEST, mark())
    assert store.find(DIGEST) == mark()


def test_a_verdict_under_another_submissions_name_is_not_believed(store):
    store.keep(DIGEST, mark())
    other = "cd" * 32
    store.path(DIGEST).rename(store.path(other))
    assert store.find(other) is None


def test_stopped_in_the_middle_of_writing_leaves_the_old_verdict(store, monkeypatch):
    store.keep(DIGEST, mark())

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        store.keep(DIGEST, mark(double=0.0))
    assert store.find(DIGEST) == mark()
    assert len(list(store.folder.iterdir())) == 1


def test_the_absence_of_a_verdict_is_not_kept(store):
    with pytest.raises(BadVerdict):
        store.keep(DIGEST, mark(fault="infrastructure"))
    assert store.find(DIGEST) is None


@pytest.mark.parametrize("fault", ["timeout", "memory", "output", "crash", "invalid-notebook"])
def test_a_fault_of_the_students_is_a_verdict(store, fault):
    store.keep(DIGEST, mark(fault=fault))
    assert store.find(DIGEST).fault == fault


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        7,
        "text",
        changed(score=99.0),
        changed(score=None),
        changed(score=float("nan")),
        changed(score=True),
        changed(max_score=-1.0),
        changed(max_score=float("inf")),
        changed(fault="bored"),
        changed(fault=["timeout"]),
        changed(fault="infrastructure"),
        changed(tasks=[]),
        changed(tasks={}),
        changed(extra=1),
        changed(student="\ud800"),
        changed_task(score=4.0),
        changed_task(score=-0.5),
        changed_task(score=1.0),
        changed_task(score="1.5"),
        changed_task(max_score=5.0),
        changed_task(grade_id="draw"),
        changed_task(message="\udfff"),
        changed_task(remarks=[float("nan")]),
        changed_task(properties=[{"name": "p", "title": "t", "score": 2.0, "max_score": 1.0}]),
        changed_task(properties=7),
    ],
)
def test_what_is_no_verdict_is_refused(data):
    with pytest.raises(BadVerdict):
        check(data, POINTS)


@pytest.mark.parametrize("reply", [b"", b"\xff", b"{", b"null", b"[" * 100_000, b'{"student": ""}'])
def test_bytes_that_are_no_verdict_are_refused(reply):
    with pytest.raises(BadVerdict):
        read_reply(reply, POINTS)


def test_a_reply_is_read():
    assert read_reply(json.dumps(mark().as_json()).encode(), POINTS) == mark()


def test_the_file_of_marks_has_the_fixed_form(tmp_path):
    path = tmp_path / "new" / "marks.json"
    one = mark(student="анна", log="the instructor's")
    save_json(path, "hw", [one, mark(student="b", fault="infrastructure")])
    text = path.read_text(encoding="utf-8")
    assert "instructor" not in text and "анна" in text
    data = json.loads(text)
    assert list(data) == ["assignment", "results"] and data["assignment"] == "hw"
    first, second = data["results"]
    assert list(first) == ["student", "score", "max_score", "fault", "tasks"]
    assert list(first["tasks"][0])[:5] == ["grade_id", "score", "max_score", "diagnosis", "message"]
    assert (first["score"], first["max_score"], first["fault"]) == (3.5, 5.0, None)
    assert (second["score"], second["fault"], second["tasks"][0]["score"]) == (None, "infrastructure", None)


def test_the_file_of_marks_is_as_open_as_any_other(tmp_path):
    path = tmp_path / "marks.json"
    before = os.umask(0o027)
    try:
        save_json(path, "hw", [mark()])
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "marks.json", tmp_path):
        with pytest.raises(CourseError, match="cannot be written: "):
            check_place(place)
    with pytest.raises(CourseError, match="cannot be written: "):
        save_json(tmp_path / "file" / "marks.json", "hw", [mark()])
    check_place(tmp_path / "new" / "marks.json")
    assert list((tmp_path / "new").iterdir()) == []


def test_marks_survive_json():
    one = mark(student="a", fault="timeout", log="x")
    assert Mark.from_json(json.loads(json.dumps(one.as_json()))) == one
