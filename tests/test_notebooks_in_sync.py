"""Each committed notebook is what its percent script says, and bears no trace of a machine."""

import json
import re

import pytest
from click.testing import CliRunner

from grader import notebooks
from grader.cli import main
from grader.paths import repo_root

ROOT = repo_root()
SCRIPTS = notebooks.scripts(ROOT)
SCRIPT = """# %% [markdown]
# # Семинар

# %% tags=["parameters"]
SEED = 1


# %% nbgrader={"grade": false, "grade_id": "draw", "solution": true}
print(SEED)

# %%
print(SEED)
"""


def test_the_seminar_and_the_homework_are_among_the_scripts():
    assert {"seminar_04_text_generation.py", "hw_sampler.py"} <= {path.name for path in SCRIPTS}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_notebook_is_what_its_script_says(script):
    notebook = script.with_suffix(".ipynb")
    assert notebook.read_text(encoding="utf-8") == notebooks.generate(script), "run `course notebooks`"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_notebook_has_no_outputs_and_no_trace_of_a_machine(script):
    text = script.with_suffix(".ipynb").read_text(encoding="utf-8")
    assert not re.search(r"/home/|/root/|/Users/|[A-Z]:\\\\Users", text)
    notebook = json.loads(text)
    assert notebook["metadata"] == {"kernelspec": notebooks.KERNELSPEC, "language_info": {"name": "python"}}
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook["cells"])
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A small copy of the repository's layout with one script."""
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "assignments").mkdir()
    (tmp_path / "assignments" / "nbgrader_config.py").write_text("")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "small.py").write_text(SCRIPT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_generated_twice_is_the_same_and_ids_are_stable(copy):
    script = copy / "notebooks" / "small.py"
    first = notebooks.generate(script)
    assert notebooks.generate(script) == first
    ids = [cell["id"] for cell in json.loads(first)["cells"]]
    assert ids[2] == "draw"
    script.write_text("# %% [markdown]\n# Новое начало\n\n" + SCRIPT, encoding="utf-8")
    assert [cell["id"] for cell in json.loads(notebooks.generate(script))["cells"]][1:] == ids


def test_equal_cells_get_different_ids(copy):
    script = copy / "notebooks" / "small.py"
    script.write_text("# %%\n1\n\n# %%\n1\n\n# %%\n1\n")
    first, second, third = [cell["id"] for cell in json.loads(notebooks.generate(script))["cells"]]
    assert (second, third) == (f"{first}-2", f"{first}-3")


def test_check_names_what_drifted_and_sync_mends_it(copy):
    runner = CliRunner()
    checked = runner.invoke(main, ["notebooks", "--check"])
    assert checked.exit_code == 1 and "notebooks/small.ipynb is not what its script says" in checked.output
    assert not (copy / "notebooks" / "small.ipynb").exists()
    assert runner.invoke(main, ["notebooks"]).exit_code == 0
    assert runner.invoke(main, ["notebooks", "--check"]).exit_code == 0
    notebook = copy / "notebooks" / "small.ipynb"
    notebook.write_text(notebook.read_text("utf-8").replace("Семинар", "Семенар"), encoding="utf-8")
    assert runner.invoke(main, ["notebooks", "--check"]).exit_code == 1


def test_a_course_elsewhere_is_checked_and_mended_too(copy, tmp_path_factory):
    course = tmp_path_factory.mktemp("term")
    script = course / "source" / "hw" / "hw.py"
    script.parent.mkdir(parents=True)
    script.write_text(SCRIPT, encoding="utf-8")
    runner = CliRunner()
    checked = runner.invoke(main, ["notebooks", "--check", "--course", str(course)])
    assert checked.exit_code == 1 and "source/hw/hw.ipynb is not what its script says" in checked.output
    assert f"course notebooks --course {course}" in checked.output
    assert runner.invoke(main, ["notebooks", "--course", str(course)]).exit_code == 0
    assert script.with_suffix(".ipynb").read_text("utf-8") == notebooks.generate(script)
    assert not (copy / "notebooks" / "small.ipynb").exists()


def test_a_folder_that_is_no_course_is_a_sentence(tmp_path):
    done = CliRunner().invoke(main, ["notebooks", "--course", str(tmp_path)])
    assert done.exit_code == 1 and "it holds no source/" in done.output
