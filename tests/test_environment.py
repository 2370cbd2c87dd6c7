"""pyproject.toml, constraints.txt, environment.yml, the Makefile and what the code imports agree."""

import ast
import importlib.util
import os
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from grader.paths import repo_root

ROOT = repo_root()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TOOLS = ("tools/find_python.sh", "tools/install_bubblewrap.sh")
OWN = {"benchmarks", "course_lib", "grader", "rebuild", "tests"}
# Import name to distribution, where they differ.
DISTRIBUTIONS = {"sklearn": "scikit-learn", "bs4": "beautifulsoup4", "yaml": "pyyaml", "PIL": "pillow"}

spec = importlib.util.spec_from_file_location("write_constraints", ROOT / "tools" / "write_constraints.py")
write_constraints = importlib.util.module_from_spec(spec)
spec.loader.exec_module(write_constraints)


def pins():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def imported(folder):
    """Top-level names that the modules under a folder import, with the file of one of them."""
    names = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        if "submissions" in path.parts:  # students' code, which imports what it likes
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found = [node.module]
            else:
                continue
            names.update({name.split(".")[0]: path for name in found})
    return names


def test_torch_is_pinned_exactly_and_nothing_lets_another_in():
    assert "torch==2.13.0" in PROJECT["dependencies"]
    assert pins()["torch"] == "2.13.0"


def test_every_constraint_is_a_plain_pin():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        assert line.startswith("#") or re.fullmatch(r"[a-z0-9]+([-.][a-z0-9]+)*==[0-9][0-9a-z.]*", line), line


def test_constraints_satisfy_pyproject():
    for requirement in write_constraints.declared():
        version = pins()[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement} and {version}"


def test_constraints_name_everything_that_pyproject_leads_to():
    missing = set(write_constraints.closure(write_constraints.declared())) - set(pins())
    assert not missing, "run tools/write_constraints.py"


def test_environment_yml_installs_this_project_under_the_same_constraints():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = environment["dependencies"]
    assert environment["name"] == PROJECT["name"]
    assert pip == {"pip": ["-c constraints.txt", "-e .[dev]"]}
    assert sorted(re.match(r"[a-z]+", item).group() for item in conda) == ["pip", "python"]
    [python] = [item.removeprefix("python") for item in conda if item.startswith("python")]
    assert SpecifierSet(python) == SpecifierSet(PROJECT["requires-python"])
    assert Version(f"{sys.version_info.major}.{sys.version_info.minor}") in SpecifierSet(python)


def test_the_makefile_installs_the_same():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "-c constraints.txt -e '.[dev]'" in text


def test_every_dependency_carries_its_reason():
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    requirements = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    for requirement in requirements:
        found = [line for line in lines if line.strip().startswith(f'"{requirement}"')]
        assert found and all(line.partition("#")[2].split() for line in found), requirement


@pytest.mark.parametrize(
    ("folder", "groups"), [("course_lib", []), ("grader", ["cluster"]), ("rebuild", ["dev"]), ("tests", ["dev"])]
)
def test_what_is_imported_is_declared(folder, groups):
    texts = [*PROJECT["dependencies"], *(text for group in groups for text in PROJECT["optional-dependencies"][group])]
    declared = {canonicalize_name(Requirement(text).name) for text in texts}
    local = OWN | {path.stem for path in (ROOT / folder).rglob("*.py")} | set(sys.stdlib_module_names)
    for name, path in imported(folder).items():
        distribution = canonicalize_name(DISTRIBUTIONS.get(name, name))
        assert name in local or distribution in declared, f"{path} imports {name}, pyproject.toml does not name it"


def test_no_host_and_no_local_path_in_what_a_newcomer_installs_from():
    for name in ("pyproject.toml", "constraints.txt", "environment.yml", "Makefile", ".ci/run", *TOOLS):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"https?://|file://|/home/|/root/|/opt/", text), name


class TestFindPython:
    """tools/find_python.sh with made-up programs on PATH."""

    @pytest.fixture
    def find(self, tmp_path):
        programs = tmp_path / "bin"
        programs.mkdir()

        def run(versions, *arguments):
            for name, code in versions.items():
                (programs / name).write_text(f"#!/bin/sh\n{code}\n")
                (programs / name).chmod(0o755)
            command = ["/bin/sh", str(ROOT / "tools" / "find_python.sh"), *arguments]
            return subprocess.run(command, env={"PATH": str(programs)}, capture_output=True, text=True)

        return run

    def test_the_newest_that_works_is_taken(self, find):
        result = find({"python3.13": "exit 127", "python3.12": "exit 0", "python3.11": "exit 0", "python3": "exit 0"})
        assert (result.returncode, result.stdout) == (0, "python3.12\n")

    def test_a_real_python_passes_and_an_old_one_does_not(self, find):
        real = f'exec "{sys.executable}" "$@"'
        old = f'exec "{sys.executable}" "$1" "import sys; sys.version_info = (3, 10); $2"'
        assert find({"python3": old}).returncode == 1
        assert find({"python3": real}).stdout == "python3\n"

    def test_none_is_a_sentence(self, find):
        result = find({})
        assert result.returncode == 1 and result.stdout == ""
        assert "No usable Python 3.11 or newer" in result.stderr and "python3-venv" in result.stderr

    def test_the_users_choice_is_the_only_one_tried(self, find):
        assert find({"python3.12": "exit 0", "mine": "exit 0"}, "mine").stdout == "mine\n"
        assert find({"python3.12": "exit 0"}, "missing").returncode == 1


class TestMakefile:
    """The Makefile with a stand-in for pip, so that nothing is installed."""

    @pytest.fixture
    def make(self, tmp_path):
        for name in ("Makefile", "pyproject.toml", "constraints.txt"):
            (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
        (tmp_path / "tools").mkdir()
        (tmp_path / "tools" / "install_bubblewrap.sh").write_text("exit 0\n")
        python = tmp_path / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\necho "$*" >> "{tmp_path}/calls.txt"\n')
        (tmp_path / "assignments").mkdir()
        python.chmod(0o755)

        def run(*targets):
            (tmp_path / "calls.txt").write_text("")
            environment = {
                key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "VENV", "PYTHON")
            }
            command = ["make", "-C", str(tmp_path), *targets]
            result = subprocess.run(command, capture_output=True, text=True, env=environment)
            assert result.returncode == 0, result.stderr
            return result.stdout, (tmp_path / "calls.txt").read_text()

        run.folder = tmp_path
        return run

    def test_install_once_and_again_only_if_the_requirements_change(self, make):
        assert "pip install" in make("test")[1]
        assert make("test")[1].startswith("-m pytest ")
        later = (make.folder / ".venv" / ".installed").stat().st_mtime + 10
        os.utime(make.folder / "constraints.txt", (later, later))
        assert "pip install" in make("demo")[1]

    def test_targets_run_what_they_say(self, make):
        make(".venv")
        assert make("demo")[1] == "-m grader.cli demo\n"
        lab = make("lab")[1].split()
        assert lab[:2] == ["-m", "jupyterlab"]
        assert lab[-1] == "../notebooks/seminar_04_text_generation.ipynb"
        assert re.fullmatch(r"-m pytest -n .* -k sampler\n", make("test", "ARGS=-k sampler")[1])

    def test_help_is_the_default_and_lists_the_targets(self, make):
        listed = [line.split()[1] for line in make()[0].splitlines() if line.startswith("  make")]
        phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert sorted(listed) == sorted(phony[1].split())
