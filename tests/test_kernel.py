"""Every notebook runs in this very Python, whatever kernelspecs and start-up files the user has."""

import json
import os
import subprocess
import sys

import nbformat
import pytest
from small_course import ASSIGNMENT, make_course

from grader.kernel import KERNEL_NAME, put_first, use_own_environment

SCRIPT = """
import nbformat, sys
from nbclient import NotebookClient
from grader.kernel import use_own_environment
use_own_environment(); use_own_environment()
nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import sys; print(sys.executable)\\nplanted")])
NotebookClient(nb, kernel_name="python3", allow_errors=True).execute()
print([output.get("text") or output.get("ename") for output in nb.cells[0].outputs])
"""


@pytest.fixture
def strange_home(tmp_path):
    """A user whose python3 kernel is another program and whose IPython runs a start-up file."""
    for folder in ("jupyter", "home/.local/share/jupyter"):
        spec = tmp_path / folder / "kernels" / KERNEL_NAME / "kernel.json"
        spec.parent.mkdir(parents=True)
        spec.write_text(json.dumps({"argv": ["/bin/false"], "display_name": "x", "language": "python"}))
    startup = tmp_path / "home/.ipython/profile_default/startup/00.py"
    startup.parent.mkdir(parents=True)
    startup.write_text("planted = 1")
    path = os.pathsep.join(["/usr/bin", "/bin"])  # the environment is not activated
    changes = {"HOME": str(tmp_path / "home"), "JUPYTER_PATH": str(tmp_path / "jupyter"), "PATH": path}
    return os.environ | changes | {"JUPYTER_PREFER_ENV_PATH": "0"}


def test_kernel_is_this_python_and_starts_clean(strange_home):
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=strange_home, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == str([sys.executable + "\n", "NameError"])


@pytest.mark.slow
def test_nbgraders_own_commands_work_in_the_course_folder(strange_home, tmp_path):
    root = make_course(tmp_path)
    nbgrader = os.path.join(os.path.dirname(sys.executable), "nbgrader")

    def run(*arguments):
        command = [nbgrader, *arguments]
        result = subprocess.run(command, cwd=root, env=strange_home, capture_output=True, text=True, timeout=180)
        assert result.returncode == 0, result.stdout + result.stderr

    run("validate", f"source/{ASSIGNMENT}/{ASSIGNMENT}.ipynb")
    run("generate_assignment", ASSIGNMENT)
    release = root / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    run("validate", "--invert", str(release.relative_to(root)))
    submitted = root / "submitted" / "anna" / ASSIGNMENT / release.name
    submitted.parent.mkdir(parents=True)
    nbformat.write(nbformat.read(root / "source" / ASSIGNMENT / release.name, as_version=4), submitted)
    run("autograde", ASSIGNMENT)
    run("generate_feedback", ASSIGNMENT)
    run("export")
    assert "cdnjs" not in (root / "feedback" / "anna" / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")
    grades = (root / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert len(grades) == 2
    # 8 points at most: these are not the tasks of the homework.
    assert grades[1].startswith(f"{ASSIGNMENT},,,anna,") and grades[1].endswith(",8.0")


def test_put_first_moves_and_does_not_repeat(monkeypatch):
    monkeypatch.setenv("COURSE_TEST_PATH", os.pathsep.join(["a", "b", "c"]))
    put_first("COURSE_TEST_PATH", "c")
    put_first("COURSE_TEST_PATH", "c")
    assert os.environ["COURSE_TEST_PATH"] == os.pathsep.join(["c", "a", "b"])


def test_the_folder_is_first_on_jupyters_path():
    folder = use_own_environment()
    assert os.environ["JUPYTER_PATH"].split(os.pathsep)[0] == str(folder)
    spec = json.loads((folder / "kernels" / KERNEL_NAME / "kernel.json").read_text())
    assert spec["argv"][0] == sys.executable
