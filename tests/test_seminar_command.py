"""`course seminar`: parameters as typed, the page and the numbers."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader import seminar
from grader.paths import CourseError

METRICS = """
import json, os
with open(os.environ["COURSE_METRICS"], "w") as file:
    json.dump([{"setting": str(CORPUS), "unique_words_rate": N_TEXTS / 10, "seed": SEED}], file)
"""


@pytest.fixture
def notebook(tmp_path):
    """A small notebook with the seminar's parameters."""
    values = "CORPUS = None\nN_TEXTS = 5\nSEED = 1\nRATE = 0.5\nFLAG = False\nNAME = 'x'\nPLACE = str()"
    parameters = new_code_cell(values, metadata={"tags": ["parameters"]})
    cells = [parameters, new_markdown_cell(r"$\sigma(x)$"), new_code_cell("1 / (N_TEXTS - 13)"), new_code_cell(METRICS)]
    path = tmp_path / "notebooks" / "small.ipynb"
    path.parent.mkdir()
    kernelspec = {"name": "python3", "display_name": "x", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernelspec}), path)
    return path


def test_a_run_leaves_notebook_page_and_numbers(notebook, tmp_path, monkeypatch):
    monkeypatch.setenv(seminar.METRICS_ENV, "elsewhere")
    result = seminar.run(tmp_path / "out", {"N_TEXTS": 7, "CORPUS": None}, notebook)
    assert json.loads(result.metrics.read_text()) == [{"setting": "None", "unique_words_rate": 0.7, "seed": 1}]
    assert nbformat.read(result.notebook, as_version=4).cells[-1].execution_count
    page = result.page.read_text(encoding="utf-8")
    assert "<math" in page and "cdnjs" not in page
    assert seminar.os.environ[seminar.METRICS_ENV] == "elsewhere"


def test_a_cell_that_fails_is_a_sentence_and_the_page_shows_it(notebook, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "metrics.json").write_text("old numbers")
    with pytest.raises(CourseError, match=r"small\.ipynb stopped with ZeroDivisionError.*small\.html"):
        seminar.run(tmp_path / "out", {"N_TEXTS": 13}, notebook)
    assert "ZeroDivisionError" in (tmp_path / "out" / "small.html").read_text(encoding="utf-8")
    assert not (tmp_path / "out" / "metrics.json").exists()


def test_an_unknown_name_lists_those_that_are_there(notebook):
    with pytest.raises(CourseError, match="-p CORPSE: .* it has CORPUS, N_TEXTS, SEED"):
        seminar.check_parameters(notebook, {"CORPSE": 1})


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("N_TEXTS", "abc", "a whole number; in the notebook it is 5"),
        ("N_TEXTS", "0.5", "a whole number"),
        ("N_TEXTS", "None", "a whole number"),
        ("SEED", "True", "a whole number"),
        ("RATE", "half", "a number; in the notebook it is 0.5"),
        ("FLAG", "1", "True or False"),
        ("NAME", "2", "a text; in the notebook it is 'x'"),
    ],
)
def test_a_value_of_a_wrong_type_is_a_sentence_before_anything_runs(notebook, tmp_path, name, text, words):
    with pytest.raises(CourseError, match=f"-p {name} {text}: {name} has to be {words}"):
        seminar.run(tmp_path / "out", seminar.parse([(name, text)]), notebook)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "pair", [("CORPUS", "x"), ("CORPUS", "None"), ("RATE", "1"), ("FLAG", "True"), ("NAME", "y"), ("PLACE", "3")]
)
def test_values_of_the_right_type_are_taken_and_none_takes_anything(notebook, pair):
    seminar.check_parameters(notebook, seminar.parse([pair]))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("N_TEXTS", "500", 500),
        ("SEED", "-1", -1),
        ("CORPUS", "None", None),
        ("CORPUS", "fortunes-ru", "fortunes-ru"),
        ("CORPUS", "123", "123"),
        ("JUDGE", "ai-forever/rugpt3large_based_on_gpt2", "ai-forever/rugpt3large_based_on_gpt2"),
        ("RATE", "0.5", 0.5),
        ("FLAG", "True", True),
    ],
)
def test_values_as_typed(name, text, value):
    assert seminar.parse([(name, text)]) == {name: value}
    assert type(seminar.parse([(name, text)])[name]) is type(value)


def test_a_file_that_is_there_becomes_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "anek.txt").write_text("x")
    (tmp_path / "fortunes-ru").mkdir()
    assert seminar.parse_value("CORPUS", "anek.txt") == str(tmp_path / "anek.txt")
    assert seminar.parse_value("CORPUS", "./fortunes-ru") == str(tmp_path / "fortunes-ru")
    assert seminar.parse_value("CORPUS", "fortunes-ru") == "fortunes-ru"


def test_a_name_given_twice_is_a_sentence():
    with pytest.raises(CourseError, match="SEED is given twice"):
        seminar.parse([("SEED", "1"), ("SEED", "2")])
