"""The kit is what it should be, its sampler does what the source does, and every kind of leak stops the build."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
import torch
import yaml
from kit_building import make_course, make_kit, rewrite, wheel_of
from packaging.requirements import Requirement
from packaging.tags import Tag
from test_sampler import SETTINGS

from course_lib import sampler as source
from grader.hidden import HIDDEN
from grader.kit import contents, leaks, stage, wheels
from grader.kit.build import build_kit, publish
from grader.kit.giveaways import code_lines, is_telling, read_secrets
from grader.paths import ASSIGNMENT, CourseError, repo_root

ROOT = repo_root()
NAME = stage.project(ROOT)["name"]
TESTS = Path(__file__).parent
SEMINAR = contents.SEMINAR

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def kit(tmp_path_factory, course):
    return make_kit(tmp_path_factory.mktemp("made"), course)


@pytest.fixture(scope="module")
def secrets(course):
    return read_secrets(ROOT, course, ASSIGNMENT)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory, kit):
    """The library and this machine's sampler as pip would lay them out."""
    folder = tmp_path_factory.mktemp("unpacked")
    leaks.unpack(kit.archive, folder)
    return folder


@pytest.fixture(scope="module")
def compiled(unpacked):
    """The compiled sampler, beside the source that the other tests import."""
    [path] = unpacked.glob("course_lib/sampler.*")
    spec = importlib.util.spec_from_file_location("course_lib.sampler", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestContents:
    def test_one_zip_with_the_folder_in_it(self, kit):
        with zipfile.ZipFile(kit.archive) as archive:
            inside = {name.removeprefix(f"{NAME}/") for name in archive.namelist()}
            assert archive.testzip() is None
        assert inside == {path.relative_to(kit.folder).as_posix() for path in kit.folder.rglob("*") if path.is_file()}
        assert {name for name in inside if "/" not in name} == {
            "README.md", "requirements.txt", "environment.yml", f"{ASSIGNMENT}.ipynb", f"{SEMINAR}.ipynb"
        }  # fmt: skip
        assert len([name for name in inside if name.startswith("wheels/")]) == len(inside) - 5 == 3

    def test_notebooks_have_no_outputs_and_the_homework_is_the_release(self, kit, course):
        for path in kit.folder.glob("*.ipynb"):
            for cell in nbformat.read(path, as_version=4).cells:
                assert not cell.get("outputs") and cell.get("execution_count") is None
        given, released = (
            nbformat.read(path, as_version=4)
            for path in (kit.folder / f"{ASSIGNMENT}.ipynb", course.notebook("release", ASSIGNMENT))
        )
        assert [(cell.source, cell.metadata) for cell in given.cells] == [
            (cell.source, cell.metadata) for cell in released.cells
        ]

    def test_the_library_asks_for_what_it_imports_and_for_nothing_of_the_grader(self, kit):
        with zipfile.ZipFile(wheel_of(kit.folder, "text_generation_seminar")) as wheel:
            [metadata] = [name for name in wheel.namelist() if name.endswith("METADATA")]
            lines = re.findall(r"^Requires-Dist: (.+)$", wheel.read(metadata).decode(), re.MULTILINE)
        needs = {Requirement(line).name: Requirement(line) for line in lines}
        declared = {Requirement(line).name: Requirement(line) for line in stage.project(ROOT)["dependencies"]}
        assert str(needs.pop(stage.SAMPLER).specifier) == f"=={stage.sampler_version(ROOT)}"
        for name, need in needs.items():
            assert need.specifier == declared[name].specifier
        assert {"torch", "transformers", "jupyterlab", "ipywidgets", "ipykernel", "nbclient", "click"} <= set(needs)
        assert not {"nbgrader", "cython", "setuptools", "sqlalchemy", "rich", "papermill"} & set(needs)

    def test_readme_in_russian_names_what_is_there(self, kit):
        text = (kit.folder / "README.md").read_text(encoding="utf-8")
        assert "$" not in text
        for name in re.findall(r"[\w-]+\.(?:ipynb|txt|yml)", text):
            assert (kit.folder / name).is_file(), name
        assert "Linux" in text
        prose = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)
        assert not set(re.findall(r"[A-Za-z]{2,}", prose)) - {
            "Python",
            "Windows",
            "Linux",
            "conda",
            "Shift",
            "Enter",
            "ARM",
        }

    def test_environment_yml_installs_the_same(self, kit):
        environment = yaml.safe_load((kit.folder / "environment.yml").read_text(encoding="utf-8"))
        assert environment["dependencies"][-1] == {"pip": ["-r requirements.txt"]}
        requirements = (kit.folder / "requirements.txt").read_text().split()
        assert (kit.folder / requirements[-1]).is_file()

    def test_a_mended_library_has_another_version(self, tmp_path, course):
        release = course.notebook("release", ASSIGNMENT)
        folders = [stage.stage_library(ROOT, tmp_path / name, [], release) for name in "ab"]
        (folders[1] / "course_lib" / "model.py").write_text("changed")
        versions = [stage.library_version(ROOT, folder / "course_lib") for folder in folders]
        assert versions[0] != versions[1]


class TestCompiledSampler:
    def test_one_wheel_for_python_3_11_and_later(self, kit):
        path = sampler_wheel(kit.folder)
        assert {(tag.interpreter, tag.abi) for tag in wheels.parsed(path)[2]} == {("cp311", "abi3")}
        with zipfile.ZipFile(path) as wheel:
            modules = [name for name in wheel.namelist() if ".dist-info" not in name]
        assert sorted(name.split(".")[0] for name in modules) == sorted(name.removesuffix(".py") for name in HIDDEN)

    def test_docstrings_and_signatures_are_kept(self, compiled):
        assert compiled.Sampler.__doc__ == source.Sampler.__doc__
        assert compiled.Sampler.sample.__doc__ == source.Sampler.sample.__doc__
        assert compiled.__doc__ == source.__doc__

    @pytest.mark.parametrize("settings", [{"sample_mode": "greedy"}, *SETTINGS], ids=str)
    def test_same_seeds_same_tokens(self, compiled, settings):
        generator = torch.Generator().manual_seed(5)
        for vocabulary in (1, 40, 3000):
            logits = torch.randn(64, vocabulary, generator=generator) * 3
            results = []
            for module in (source, compiled):
                torch.manual_seed(11)
                results.append(module.Sampler(**settings).sample(logits))
            assert torch.equal(results[0][0], results[1][0])
            assert torch.equal(results[0][1], results[1][1])

    def test_the_samplers_own_tests_pass_on_it(self, unpacked, tmp_path):
        plugin = f"import sys; sys.path.insert(0, {str(unpacked)!r})\nfrom course_lib.sampler import __file__ as path\n"
        plugin += f"assert path.startswith({str(unpacked)!r}) and not path.endswith('.py')\n"
        (tmp_path / "compiled_first.py").write_text(plugin)
        path = os.pathsep.join([str(tmp_path), str(ROOT)])
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "compiled_first", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, TESTS / "test_sampler.py"],
            cwd=tmp_path, env={**environment, "PYTHONPATH": path}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
        assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 50


def lines_of(path):
    return code_lines((ROOT / path).read_text(encoding="utf-8"))


def add_cell(draft, **cell):
    path = draft / f"{ASSIGNMENT}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(**cell))
    nbformat.write(notebook, path)


def add_text(draft, text):
    with (draft / "README.md").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


def library(draft):
    return wheel_of(draft, "text_generation_seminar")


def sampler_wheel(draft):
    """This machine's."""
    [found] = [path for path in draft.glob("wheels/text_generation_sampler*") if wheels.fits_here(path)]
    return found


def extension(draft):
    """Name and content of the compiled sampler in its wheel."""
    with zipfile.ZipFile(sampler_wheel(draft)) as wheel:
        [name] = [name for name in wheel.namelist() if name.startswith("course_lib/sampler.")]
        return name, wheel.read(name)


def into_extension(draft, content):
    name, before = extension(draft)
    rewrite(sampler_wheel(draft), {name: before + content})


def source_for_extension(draft):
    """The wheel brings the source in place of the compiled module."""
    name, _ = extension(draft)
    rewrite(sampler_wheel(draft), {HIDDEN[0]: (ROOT / HIDDEN[0]).read_bytes()}, remove=(name,))


SOURCE_LINE = next(line for line in lines_of(HIDDEN[0]) if is_telling(line))
PLANTS = {
    "an answer's line in the README": (
        lambda draft, secrets: add_text(draft, max(secrets.telling, key=len)),
        r"README\.md: a line of an answer or of a hidden test",
    ),
    "an answer's short line in the notebook": (
        lambda draft, secrets: add_cell(draft, source=min(secrets.homework, key=len)),
        rf"{ASSIGNMENT}\.ipynb: a line of an answer or of a hidden test",
    ),
    "a hidden test in a module of the library": (
        lambda draft, secrets: rewrite(
            library(draft), {"course_lib/more.py": "cases.grade_temperature_probs(temperature_probs)"}
        ),
        r"seminar.*whl/course_lib/more\.py: a line of an answer or of a hidden test: 'cases\.",
    ),
    "a marker of the source": (
        lambda draft, secrets: add_cell(draft, source="### BEGIN HIDDEN TESTS"),
        "a marker of the source: BEGIN HIDDEN TESTS",
    ),
    "a module of the grader": (
        lambda draft, secrets: rewrite(library(draft), {"grader/reference.py": "x = 1"}),
        "a file of grader/ is not for students",
    ),
    "code that imports the grader": (
        lambda draft, secrets: add_cell(draft, source="from grader import cases"),
        "it imports the grader",
    ),
    "sampler.py": (
        lambda draft, secrets: rewrite(library(draft), {"course_lib/sampler.py": "x = 1"}),
        r"course_lib/sampler\.py: this is the source of a hidden module",
    ),
    "the C that Cython made": (
        lambda draft, secrets: rewrite(library(draft), {"course_lib/other.c": "int x;"}),
        r"a \.c file holds source",
    ),
    "a pyx": (lambda draft, secrets: rewrite(library(draft), {"course_lib/a.pyx": ""}), r"a \.pyx file holds source"),
    "byte code": (
        lambda draft, secrets: rewrite(library(draft), {"course_lib/a.pyc": b""}),
        r"a \.pyc file holds source",
    ),
    "the source where the sentence should be": (
        lambda draft, secrets: rewrite(
            wheel_of(draft, "text_generation_sampler", "any"), {"course_lib/sampler/__init__.py": "class Sampler: pass"}
        ),
        "there may only be the sentence about its absence",
    ),
    "the hidden module under another name": (
        lambda draft, secrets: rewrite(library(draft), {"course_lib/fast.py": (ROOT / HIDDEN[0]).read_bytes()}),
        r"fast\.py: \d+ lines of a hidden module",
    ),
    "a home folder": (
        lambda draft, secrets: add_text(draft, "cd /home/teacher/course"),
        r"README\.md: it holds the path of somebody's home folder",
    ),
    "a home folder in the compiled module": (
        lambda draft, secrets: into_extension(draft, b"\0/Users/teacher/x\0"),
        r"sampler.*: it holds the path of somebody's home folder",
    ),
    "a folder of this machine": (
        lambda draft, secrets: add_text(draft, str(ROOT)),
        r"README\.md: it holds the path of a folder of this machine",
    ),
    "a saved output": (
        lambda draft, secrets: add_cell(draft, outputs=[nbformat.v4.new_output("stream", text="42")]),
        r"cell \d+ has a saved output",
    ),
    "an execution count": (
        lambda draft, secrets: add_cell(draft, source="1", execution_count=3),
        r"cell \d+ has a saved output",
    ),
    "a line of source in the compiled module": (
        lambda draft, secrets: into_extension(draft, b"\0" + SOURCE_LINE.encode() + b"\0"),
        "the compiled module holds a line of its source",
    ),
    "debug information": (
        lambda draft, secrets: into_extension(draft, b"\0.debug_info\0"),
        r"not stripped, it has \.debug_info",
    ),
    "source that inspect finds": (
        lambda draft, secrets: source_for_extension(draft),
        r"course_lib\.sampler\.Sampler: inspect\.getsource shows the source",
    ),
    "a module that does not load": (
        lambda draft, secrets: rewrite(sampler_wheel(draft), {extension(draft)[0]: b"rubbish"}),
        "the compiled modules could not be tried: ImportError",
    ),
}
TRIED = ("source that inspect finds", "a module that does not load")


class TestLeaks:
    @pytest.fixture
    def draft(self, tmp_path, kit):
        return shutil.copytree(kit.folder, tmp_path / NAME)

    def test_what_is_built_passes(self, draft, tmp_path, secrets):
        made = publish(draft, tmp_path / "out" / "kit", secrets)
        assert made.archive.is_file() and (made.folder / "README.md").is_file()

    @pytest.mark.parametrize("plant", PLANTS)
    def test_a_leak_stops_the_build_and_changes_nothing(self, draft, tmp_path, secrets, plant, monkeypatch):
        change, sentence = PLANTS[plant]
        if plant not in TRIED:  # the import of torch takes seconds, and these are found without it
            monkeypatch.setattr(leaks, "source_is_shown", lambda folder: [])
        change(draft, secrets)
        out = tmp_path / "out" / "kit"
        out.mkdir(parents=True)
        (out / "before").write_text("the kit of an earlier build")
        with pytest.raises(CourseError, match=f"(?s)would give away.*{sentence}"):
            publish(draft, out, secrets)
        assert [path.name for path in (tmp_path / "out").rglob("*")] == ["kit", "before"]

    def test_every_build_is_checked(self, tmp_path, course, kit, monkeypatch):
        def with_a_leak(root, assignment, folder):
            write_texts(root, assignment, folder)
            add_text(folder, "### BEGIN SOLUTION")

        write_texts = contents.write_texts
        monkeypatch.setattr(contents, "write_texts", with_a_leak)
        with pytest.raises(CourseError, match="a marker of the source: BEGIN SOLUTION"):
            build_kit(course, ASSIGNMENT, tmp_path / "kit", kit.folder / "wheels")
        assert list(tmp_path.iterdir()) == []

    def test_there_is_something_to_look_for(self, secrets):
        assert len(secrets.homework) > 50 and len(secrets.telling) > 30 and len(secrets.sources) > 100

    def test_docstrings_are_no_secret_and_code_is(self):
        text = '"""About."""\n\n\nclass A:\n    """What it is.\n\n    More.\n    """\n\n'
        text += "    def f(self):\n        # why\n        return self.x + 1\n"
        assert code_lines(text) == ["class A:", "def f(self):", "return self.x + 1"]


class TestWheels:
    def test_those_that_were_brought_are_taken_and_nothing_is_compiled_then(self, tmp_path, course, kit, monkeypatch):
        folder = tmp_path / "brought" / "artifact"
        shutil.copytree(kit.folder / "wheels", folder)
        windows = f"text_generation_sampler-{stage.sampler_version(ROOT)}-cp311-abi3-win_amd64.whl"
        shutil.copyfile(sampler_wheel(kit.folder), folder / windows)
        monkeypatch.setattr(wheels, "compile_sampler", lambda *_: pytest.fail("compiled"))
        made = make_kit(tmp_path, course, tmp_path / "brought")
        assert (made.folder / "wheels" / windows).is_file()
        assert "win_amd64" in made.platforms and len(made.platforms) == 2
        assert "Windows (x86-64)" in (made.folder / "README.md").read_text(encoding="utf-8")

    def test_one_of_other_sources_is_refused(self, tmp_path, course):
        (tmp_path / "text_generation_sampler-0.0.9+s1-cp311-abi3-win_amd64.whl").touch()
        with pytest.raises(
            CourseError, match=r"was built from other sources \(0\.0\.9\+s1, here they are .*kit-wheels"
        ):
            wheels.brought(ROOT, tmp_path)

    def test_pip_takes_the_compiled_one_where_it_fits_and_the_other_elsewhere(self, tmp_path, kit):
        taken = {}
        here = next(
            tag.platform
            for path in kit.folder.rglob("*.whl")
            for tag in wheels.parsed(path)[2]
            if tag.platform != "any"
        )
        for platform in (here, "win_arm64"):
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-index", "--only-binary=:all:"]
            options = ["--find-links", kit.folder / "wheels", "--platform", platform, "--python-version", "3.13"]
            environment = {**os.environ, "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
            subprocess.run([*command, *options, "-d", tmp_path / platform, stage.SAMPLER], check=True, env=environment)
            [path] = (tmp_path / platform).iterdir()
            taken[platform] = wheels.parsed(path)[2]
        assert taken[here] == {Tag("cp311", "abi3", here)}
        assert taken["win_arm64"] == {Tag("py3", "none", "any")}

    def test_without_a_build_there_is_one_sentence_and_the_rest_works(self, tmp_path, kit):
        for wheel in (library(kit.folder), wheel_of(kit.folder, "text_generation_sampler", "any")):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(tmp_path)
        script = (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "from course_lib import checks, data, model, plots, train, utils\n"
            "assert model.__file__.startswith(sys.argv[1])\n"
            "try:\n    from course_lib.sampler import Sampler\n"
            "except ImportError as error:\n    print(error)\n"
        )
        done = subprocess.run([sys.executable, "-I", "-c", script, tmp_path], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        sentence = (
            r"Сэмплер .* не собран для вашего компьютера \(.+, Python 3\.\d+.*\): попросите преподавателя [^.!?]+\.\n"
        )
        assert re.fullmatch(sentence, done.stdout), done.stdout

    def test_no_compiler_is_a_sentence_with_a_way_out(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.delenv("CC", raising=False)
        with pytest.raises(
            wheels.NoCompiler, match=r"no C compiler \(cc, gcc, clang\).*apt-get install gcc.*kit-wheels"
        ):
            wheels.compile_sampler(ROOT, tmp_path / "stage", tmp_path / "out")

    def test_no_headers_is_a_sentence_with_a_way_out(self, tmp_path, monkeypatch):
        monkeypatch.setattr(wheels.sysconfig, "get_path", lambda _: str(tmp_path))
        with pytest.raises(wheels.NoCompiler, match=r"headers are missing \(.*Python\.h\).*python3-dev"):
            wheels.compiler()

    def test_what_does_not_build_is_shown_with_its_last_words(self, tmp_path):
        (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\nversion = 'not a version'\n")
        with pytest.raises(CourseError, match="could not be built(?s:.*)version"):
            wheels.make_wheel(tmp_path, tmp_path / "out")


class TestWorkflow:
    WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "kit-wheels.yml").read_text(encoding="utf-8"))

    def test_all_platforms_are_built(self):
        rows = self.WORKFLOW["jobs"]["wheel"]["strategy"]["matrix"]["include"]
        built = {(row["runner"].split("-")[0], arch) for row in rows for arch in row["archs"].split(",")}
        assert built == {
            ("ubuntu", "x86_64"), ("ubuntu", "aarch64"), ("macos", "x86_64"), ("macos", "arm64"), ("windows", "AMD64")
        }  # fmt: skip

    def test_it_starts_when_the_hidden_sources_change(self):
        paths = self.WORKFLOW[True]["push"]["paths"]  # YAML takes `on` for true
        for path in [*HIDDEN, "grader/hidden.py", "grader/kit/stage.py"]:
            assert any(Path(path).match(pattern) for pattern in paths), path

    def test_its_commands_work_on_a_bare_machine(self, tmp_path):
        [command] = [
            step["run"] for step in self.WORKFLOW["jobs"]["wheel"]["steps"] if "grader.kit.stage" in step.get("run", "")
        ]
        module, folder = command.split()[2:]
        script = "import sys, runpy; root, name = sys.argv[1:3]; del sys.argv[1:3]; sys.path.insert(0, root)\n"
        script += "runpy.run_module(name, run_name='__main__')"
        bare = [sys.executable, "-I", "-S", "-c", script, ROOT, module, tmp_path / folder]  # -S: no site-packages
        subprocess.run(bare, check=True, capture_output=True)
        assert {path.relative_to(tmp_path / folder).as_posix() for path in tmp_path.rglob("*.py")} == {
            *HIDDEN, "course_lib/__init__.py", "setup.py"
        }  # fmt: skip
        assert json.dumps(stage.sampler_version(ROOT)) in (tmp_path / folder / "pyproject.toml").read_text()
