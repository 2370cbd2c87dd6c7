"""Jobs: what a worker is given, under which version and seed, and what becomes of its reply."""

import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path

import pytest
from small_course import ASSIGNMENT, make_course, submit

from grader import jobs, ready
from grader.course import Course
from grader.jobs import Batch, read_secret, read_timestamp
from grader.paths import CourseError

DOUBLE = "def double(x):\n    return 2 * x"
LOADED = (
    "import json, sys; import grader.judging; "
    "files = [m.__file__ for n, m in sys.modules.items() if n.split('.')[0] in ('course_lib', 'grader')]; "
    "print(json.dumps([file for file in files if file]))"
)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = make_course(tmp_path_factory.mktemp("jobs"))
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text("utf-8") + '\nc.Grading.judge = "fake_judges.by_text"\n', encoding="utf-8")
    course = Course(root)
    assert course.generate_release(ASSIGNMENT).success
    release = course.notebook("release", ASSIGNMENT)
    submit(release, root / "submitted", "anna", double=DOUBLE, why="Потому что.")
    submit(release, root / "submitted", "boris", double=DOUBLE, why="Не знаю.")
    submit(release, root / "submitted", "vera", double=DOUBLE + " ")
    submit(release, root / "submitted", "none").unlink()
    return course


@pytest.fixture
def batch(course):
    return Batch(course, ASSIGNMENT)


def job_of(batch, student):
    return json.loads(batch.job(batch.read(student)))


def test_what_a_worker_gets(batch):
    job = job_of(batch, "anna")
    assert job["assignment"] == ASSIGNMENT
    assert job["answers"] == {"double": DOUBLE, "greet": None}
    assert job["points"] == {"double": 2.0, "greet": 3.0}
    assert set(job["model_answers"]) == {"double", "greet"} and "SOLUTION" not in job["model_answers"]["double"]
    assert (job["helpers"], job["repairs"], job["setup"]) == ([], [], "")
    assert (job["device"], job["boxed"], job["limits"]["wall_seconds"]) == ("cpu", True, 60.0)
    assert "Потому" not in json.dumps(job, ensure_ascii=False)


def test_equal_answers_make_equal_jobs_and_others_other_seeds(batch):
    anna, boris, vera = (batch.read(student) for student in ("anna", "boris", "vera"))
    assert batch.job(anna) == batch.job(boris) and anna.digest == boris.digest
    assert anna.digest != vera.digest
    assert job_of(batch, "anna")["seed"] != job_of(batch, "vera")["seed"]
    assert batch.job(anna) == Batch(batch.course, ASSIGNMENT).job(anna)


def test_another_secret_makes_other_probes(batch):
    before = job_of(batch, "anna")["seed"]
    batch.secret = b"x" * 64
    assert job_of(batch, "anna")["seed"] != before


def test_the_secret_is_its_owners_only_and_made_once(tmp_path):
    path = tmp_path / "new" / "secret"
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(read_secret, [path] * 40))
    assert len(secrets) == 1 and len(secrets.pop()) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["secret"]
    path.write_text("short")
    with pytest.raises(CourseError, match="damaged"):
        read_secret(path)


def test_the_version_changes_with_all_that_counts(course, monkeypatch):
    versions = [Batch(course, ASSIGNMENT).version, Batch(course, ASSIGNMENT, device="cuda").version]
    versions.append(Batch(course, ASSIGNMENT, boxed=False).version)
    narrow = Course.around(course.directory, deepcopy(course.config))
    narrow.config.Box.wall_seconds = 3.0
    versions.append(Batch(narrow, ASSIGNMENT).version)
    monkeypatch.setattr(jobs, "code_digest", lambda: "other code")
    versions.append(Batch(course, ASSIGNMENT).version)
    monkeypatch.undo()
    assert len(set(versions)) == len(versions)
    assert Batch(course, ASSIGNMENT).version == versions[0]


def loaded_by_the_judge() -> set[Path]:
    """The kit's own files that a fresh process has after `import grader.judging`."""
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    return {Path(file).resolve() for file in json.loads(done.stdout)}


def test_the_digest_of_the_code_covers_every_module_that_the_judge_loads_and_no_more_of_course_lib():
    loaded, covered = loaded_by_the_judge(), set(ready.digested().values())
    assert loaded <= covered
    assert {path for path in covered if path.parent.name == "course_lib"} == {
        path for path in loaded if path.parent.name == "course_lib"
    }


@pytest.mark.parametrize("name", ["course_lib/tapes.py", "grader/judging.py", "grader/box/worker.py"])
def test_a_change_of_any_of_them_changes_the_digest(tmp_path, monkeypatch, name):
    before, files = ready.code_digest(), ready.digested()
    (tmp_path / "changed.py").write_bytes(files[name].read_bytes() + b"# changed\n")
    monkeypatch.setattr(ready, "digested", lambda: {**files, name: tmp_path / "changed.py"})
    assert ready.code_digest.__wrapped__() != before


def test_the_digest_does_not_depend_on_where_the_kit_is_installed(tmp_path):
    contents = {name: path.read_bytes() for name, path in ready.digested().items()}
    told = set()
    for place in (tmp_path / "site-packages", tmp_path / "elsewhere"):
        for name, content in contents.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)
        program = "from grader import ready; print(ready.__file__); print(ready.code_digest())"
        command = [sys.executable, "-c", program]
        file, digest = subprocess.run(command, cwd=place, capture_output=True, text=True, check=True).stdout.split()
        assert file == str(place / "grader" / "ready.py")
        told.add(digest)
    assert len(told) == 1


def test_a_wrong_setting_and_an_assignment_that_is_not_built_are_sentences(course):
    wrong = Course.around(course.directory, deepcopy(course.config))
    wrong.config.Box.wall_seconds = -3.0
    with pytest.raises(CourseError, match="wall_seconds"):
        Batch(wrong, ASSIGNMENT)
    with pytest.raises(CourseError, match="course build other"):
        Batch(course, "other")
    nowhere = Course.around(course.directory, deepcopy(course.config))
    nowhere.config.Grading.judge = "no.such.thing"
    with pytest.raises(CourseError, match="no.such.thing"):
        Batch(nowhere, ASSIGNMENT).judge()


def test_a_reply_becomes_a_mark_and_is_kept(batch):
    anna = batch.read("anna")
    assert batch.known(anna) is None
    reply = batch.judge()(batch.job(anna))
    assert batch.settle(anna, reply, keep=False).score == 2.0
    assert batch.known(anna) is None
    mark = batch.settle(anna, reply)
    assert (mark.student, mark.score) == ("anna", 2.0)
    assert batch.known(anna) == mark
    assert batch.known(batch.read("boris")).student == "boris"  # the same answers


@pytest.mark.parametrize("reply", [b"", b"{}", b"\xff", b'{"student": "", "score": 1e9}'])
def test_a_reply_that_is_no_verdict_is_nobodys_zero(batch, reply):
    vera = batch.read("vera")
    mark = batch.settle(vera, reply)
    assert (mark.fault, mark.score) == ("infrastructure", None)
    assert [task.score for task in mark.tasks] == [None, None]
    assert batch.known(vera) is None


def test_no_notebook_is_a_verdict(batch):
    mark = batch.known(batch.read("none"))
    assert (mark.fault, mark.score, mark.max_score) == ("invalid-notebook", 0.0, 5.0)
    assert all("нет файла" in task.message for task in mark.tasks)
    assert batch.known(batch.read("nobody")).fault == "invalid-notebook"


def test_trouble_of_the_graders_own_is_nobodys_zero(batch, monkeypatch):
    batch.settings.judge = "fake_judges.forgetful"
    assert batch.mark_here(batch.read("vera")).fault == "infrastructure"
    batch.settings.judge = "json.no_such_name"
    mark = batch.mark_here(batch.read("vera"))
    assert mark.fault == "infrastructure" and "no_such_name" in mark.log


@pytest.mark.parametrize(
    ("judge", "boxed", "tried"),
    [("grader.judging.grade_submission", True, 1), ("grader.x.y", False, 0), ("grading.x", True, 0), ("a.b", True, 0)],
)
def test_the_box_is_tried_once_and_for_the_kits_own_judge(batch, monkeypatch, judge, boxed, tried):
    asked = []
    monkeypatch.setattr("grader.box.preflight.require", lambda **how: asked.append(how["device"]))
    batch.settings.judge, batch.settings.boxed = judge, boxed
    assert batch.settings.is_the_kits == judge.startswith("grader.")
    batch.check_box()
    batch.check_box()
    assert asked == ["cpu"] * tried


def test_timestamps(tmp_path):
    folder = tmp_path / "student" / "hw"
    folder.mkdir(parents=True)
    path = folder / "timestamp.txt"
    assert read_timestamp(folder) is None
    path.write_text("2030-01-02 03:04:05 UTC\n")
    assert read_timestamp(folder) == "2030-01-02 03:04:05 UTC"
    for text in ("", "soon", "9" * 500, "x" * 5000, "2030-99-99", "\x00"):
        path.write_text(text)
        assert read_timestamp(folder) is None, text
    path.unlink()
    path.symlink_to("/dev/zero")
    assert read_timestamp(folder) is None
    path.unlink()
    os.mkfifo(path)
    assert read_timestamp(folder) is None
