"""Before a run the escapes are tried: one that succeeds, or no box at all, and nothing is graded."""

import os
import shutil
import subprocess
import sys

import pytest
from ready_course import RIGHT, hand_in, ready
from small_course import ASSIGNMENT

from grader.box import policy, preflight
from grader.paths import CourseError

needs_box = pytest.mark.skipif(bool(policy.missing_tools()), reason=f"not installed: {policy.missing_tools()}")
REFUSAL = "Nothing was graded, because students' code can get out of the box"


@pytest.fixture(autouse=True)
def afresh():
    """What was found earlier in this process counts for nothing."""
    preflight.findings.cache_clear()
    yield
    preflight.findings.cache_clear()


@needs_box
def test_on_this_machine_nothing_gets_out():
    assert preflight.findings("cpu", preflight.Limits()) == ()
    preflight.require()


@needs_box
@pytest.mark.parametrize("name", ["PROBES", "REUSE_PROBES"])
def test_one_success_and_nothing_is_graded(monkeypatch, name):
    probes = {**getattr(preflight, name), "a door": "def probe():\n    return 'it was open'"}
    monkeypatch.setattr(preflight, name, probes)
    with pytest.raises(CourseError, match=f"{REFUSAL}.*a door: it was open"):
        preflight.require()


@needs_box
def test_a_wall_that_is_missing_is_found(monkeypatch):
    """Without its own process namespace a box sees the machine's processes."""
    real = policy._bubblewrap

    def thin(*given):
        shared = ["--unshare-user", "--unshare-ipc", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
        arguments = real(*given)
        place = arguments.index("--unshare-all")
        return [*arguments[:place], *shared, *arguments[place + 1 :]]

    monkeypatch.setattr(policy, "_bubblewrap", thin)
    with pytest.raises(CourseError, match="Nothing was graded|No box can be had"):
        preflight.require()


def test_no_bubblewrap_is_a_sentence_with_the_way_out(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda tool: None if tool == "bwrap" else f"/usr/bin/{tool}")
    with pytest.raises(CourseError, match="apt install bubblewrap.*--without-box.*gradebook"):
        preflight.require()
    preflight.require(boxed=False)


@needs_box
def test_namespaces_that_are_switched_off_are_a_sentence(monkeypatch):
    broken = ["sh", "-c", "echo no namespaces here; exit 1", "--die-with-parent", "--"]
    monkeypatch.setattr(policy, "_bubblewrap", lambda *_: list(broken))
    with pytest.raises(CourseError, match="No box can be had on this machine.*no namespaces here.*sysctl"):
        preflight.require()


@pytest.mark.parametrize("flag", [[], ["--without-box"]])
def test_the_command_refuses_unless_the_flag_is_passed(tmp_path, flag):
    course = ready(tmp_path)
    hand_in(course, "anna", **RIGHT)
    config = course.root / "nbgrader_config.py"
    kits_own = [line for line in config.read_text("utf-8").splitlines() if "c.Grading.judge" not in line]
    config.write_text("\n".join(kits_own) + "\n", encoding="utf-8")
    tools = tmp_path / "bin"  # all that a box needs but bubblewrap
    tools.mkdir()
    for tool in ("prlimit", "setpriv"):
        (tools / tool).symlink_to(shutil.which(tool))
    arguments = ["grade", ASSIGNMENT, "--course", str(course.root), "--json", str(tmp_path / "marks.json"), *flag]
    done = subprocess.run(
        [sys.executable, "-m", "grader.cli", *arguments],
        env={**os.environ, "PATH": str(tools)}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    said = " ".join((done.stdout + done.stderr).split())
    if flag:
        assert "students' code can read and change all that you can" in said
        assert "bwrap is not here" not in said
    else:
        assert done.returncode == 1 and "bwrap is not here" in said, said
        assert not (tmp_path / "marks.json").exists()
