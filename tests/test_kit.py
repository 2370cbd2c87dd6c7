"""The kit as a student meets it: a new environment that gets nothing but the zip, by the commands of its README.

The environment is made once for this file; torch and JupyterLab make it a matter of a minute or two.
"""

import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from kit_building import make_course, make_kit

from grader.answers import answer_cells, make_submission
from grader.grading import How, grade
from grader.kit import stage
from grader.paths import ASSIGNMENT, repo_root

pytestmark = pytest.mark.slow

ROOT = repo_root()
SUBMISSIONS = ROOT / "tests" / "submissions"
SEMINAR = "seminar_04_text_generation.ipynb"
NOTEBOOK = f"{ASSIGNMENT}.ipynb"
HINT = re.compile(r"^[\w.() ,='\"-]+: [^\n]*[а-яё]", re.IGNORECASE)


@dataclass(frozen=True)
class Student:
    """A student's folder with the unzipped kit and an environment in it."""

    folder: Path

    def run(self, command, check=True):
        """A line of the student's shell, in the kit's folder and with the environment switched on."""
        return shell(f". venv/bin/activate && {command}", self.folder, check)

    def python(self, script):
        """What a few lines of Python print, run in a folder that has nothing of the kit."""
        done = self.run(f"cd / && python -I - <<'END'\n{script}\nEND")
        return done.stdout.strip()


def shell(command, folder, check=True):
    """Run a line in a shell that knows nothing of this environment."""
    strange = ("PYTHON", "JUPYTER", "PYTEST", "IPYTHON", "VIRTUAL_ENV", "COURSE")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(strange)}
    here = str(Path(sys.executable).parent)
    kept["PATH"] = os.pathsep.join(part for part in kept["PATH"].split(os.pathsep) if part != here)
    done = subprocess.run(["bash", "-ec", command], cwd=folder, env=kept, capture_output=True, text=True)
    assert not check or done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done


def commands(readme):
    """The shell commands of a README, block by block."""
    return [block.strip().splitlines() for block in re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def student(tmp_path_factory, course):
    kit = make_kit(tmp_path_factory.mktemp("made"), course)
    home = tmp_path_factory.mktemp("student")
    with zipfile.ZipFile(kit.archive) as archive:
        archive.extractall(home)
    [folder] = home.iterdir()
    make, activate, install = commands((folder / "README.md").read_text(encoding="utf-8"))[0]
    python = f"{sys.executable} -m venv"  # the Python that this runs in, whatever else is called python3 here
    shell(make.replace("python3 -m venv", python), folder)
    assert activate == ". venv/bin/activate"
    Student(folder).run(f"{install} --quiet --disable-pip-version-check")
    return Student(folder)


def with_parameter(path, line, other):
    """Change a line of a notebook, as a student would."""
    text = path.read_text(encoding="utf-8")
    assert text.count(json.dumps(f"{line}\n")[1:-1]) == 1, line
    path.write_text(text.replace(json.dumps(f"{line}\n")[1:-1], json.dumps(f"{other}\n")[1:-1]), encoding="utf-8")


def execute(student, name, options="", before=""):
    """Run a notebook from top to bottom with the student's Jupyter; returns the executed one."""
    options += " --ExecutePreprocessor.startup_timeout=600"
    student.run(f"{before} jupyter nbconvert --to notebook --execute {options} --output executed-{name} {name}")
    return nbformat.read(student.folder / f"executed-{name}", as_version=4)


def answered(student, course, script, name):
    """A homework notebook of the kit with a file of answers put in."""
    source = course.notebook("source", ASSIGNMENT)
    notebook = make_submission(student.folder / NOTEBOOK, SUBMISSIONS / script, source)
    nbformat.write(notebook, student.folder / name)
    return name


class TestInstallation:
    def test_what_is_installed_is_the_library_and_nothing_of_the_grader(self, student):
        listed = json.loads(student.run("python -m pip list --format json").stdout)
        installed = {one["name"].lower().replace("_", "-"): one["version"] for one in listed}
        assert installed["torch"].split("+")[0] == "2.13.0"
        assert installed[stage.SAMPLER] == stage.sampler_version(ROOT)
        assert not {"nbgrader", "cython", "papermill", "sqlalchemy", "pytest"} & set(installed)
        missing = "import importlib.util as u; print([n for n in ('grader', 'rebuild', 'tests') if u.find_spec(n)])"
        assert student.python(missing) == "[]"

    def test_the_sampler_is_the_compiled_one_and_has_help(self, student):
        script = (
            "import course_lib.sampler as s, course_lib; print(s.__file__); print(course_lib.__file__); help(s.Sampler)"
        )
        sampler, library, *text = student.python(script).splitlines()
        assert sampler.endswith(".abi3.so") and str(student.folder) in sampler and str(student.folder) in library
        assert any("logits[B, V] -> (tokens int64[B], entropy float32[B])" in line for line in text)

    def test_installing_again_changes_nothing_and_pip_finds_no_conflict(self, student):
        assert "No broken requirements" in student.run("python -m pip check").stdout
        again = student.run("python -m pip install --no-index -r requirements.txt")
        assert "Successfully installed" not in again.stdout


def test_the_seminar_runs(student):
    with_parameter(student.folder / SEMINAR, "N_TEXTS = 5000", "N_TEXTS = 30")
    notebook = execute(student, SEMINAR, before="COURSE_METRICS=metrics.json")
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type == "error"]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) >= 3
    rows = {row["setting"]: row for row in json.loads((student.folder / "metrics.json").read_text(encoding="utf-8"))}
    assert rows["greedy"]["entropy"] == 0 < rows["nucleus=0.7"]["entropy"] < rows["t=1.5"]["entropy"]


class TestHomework:
    def test_untouched_every_check_says_that_nothing_is_written(self, student):
        notebook = execute(student, NOTEBOOK, "--allow-errors")
        errors = {
            cell.metadata.nbgrader.grade_id: [one.ename for one in cell.outputs if one.output_type == "error"]
            for cell in notebook.cells
            if cell.metadata.get("nbgrader", {}).get("points") and cell.cell_type == "code"
        }
        assert len(errors) == 7
        assert set(map(tuple, errors.values())) == {("NotImplementedError",)}

    @pytest.mark.parametrize(
        ("script", "task", "idea"),
        [
            ("wrong/temperature-multiplied.py", "temperature_probs", "T"),
            ("wrong/nucleus-exclusive.py", "nucleus_probs", "ядр"),
        ],
    )
    def test_a_mistake_gets_a_hint(self, student, course, script, task, idea):
        name = answered(student, course, script, f"wrong-{task}.ipynb")
        done = student.run(f"course submit {name} --name anna --out wrong", check=False)
        assert done.returncode == 1
        lines = [line for line in done.stdout.splitlines() if line.startswith("✗")]
        [(where, hint)] = [line.split(f"ячейка test_{task}: ") for line in lines if f"test_{task}: " in line]
        assert "«" in where and HINT.match(hint) and idea in hint
        assert {re.search(r"ячейка (\w+)", line)[1] for line in lines} <= {f"test_{task}", "test_Sampler"}
        assert "--anyway" in done.stdout and not (student.folder / "wrong").exists()

    def test_the_model_answer_passes_is_packed_and_gets_full_marks(self, student, course, tmp_path):
        """From the kit to the mark: the zip goes to the teacher, whose grader knows nothing but it."""
        readme = (student.folder / "README.md").read_text(encoding="utf-8")
        [submit] = [line for block in commands(readme) for line in block if line.startswith("course submit")]
        solved = make_submission(
            student.folder / NOTEBOOK, SUBMISSIONS / "right/right.py", course.notebook("source", ASSIGNMENT)
        )
        nbformat.write(solved, student.folder / NOTEBOOK)
        before = (student.folder / NOTEBOOK).read_bytes()
        done = student.run(f"{submit} --name 'Анна Петрова'")
        archive = student.folder / f"{ASSIGNMENT}-Анна-Петрова.zip"
        assert "✓" in done.stdout and archive.name in done.stdout
        assert not re.search(r"[A-Za-z]{3,}", re.sub(rf"{ASSIGNMENT}\S*", "", done.stdout + done.stderr))
        assert (student.folder / NOTEBOOK).read_bytes() == before
        collected = tmp_path / "collected"
        collected.mkdir()
        archive.rename(collected / archive.name)
        [mark] = grade(course, ASSIGNMENT, None, How(), collected)
        assert (mark.student, mark.fault, mark.score, mark.max_score) == ("Анна-Петрова", None, 15.0, 15.0)
        kept = nbformat.read(course.notebook("submitted", ASSIGNMENT, "Анна-Петрова"), as_version=4)
        assert [cell.source for cell in answer_cells(kept).values()] == [
            cell.source for cell in answer_cells(solved).values()
        ]
