"""`course train` and what `course seminar` does about a corpus that has no weights: the trainer is a stand-in here."""

import sys
import types

import pytest
from click.testing import CliRunner

import course_lib.data
from grader import training
from grader.cli import main
from grader.paths import CourseError, repo_root

PARTS = {"TOKENIZER": "tok", "WEIGHTS": "lstm", "JUDGE": "judge"}


@pytest.fixture
def pipeline(monkeypatch):
    """A stand-in for the trainer that notes what it was asked to train."""
    module = types.ModuleType("rebuild.pipeline")
    module.trained_on = []
    found = {name: f"build/{part}" for name, part in PARTS.items()}
    module.trained = lambda corpus: dict(found) if corpus in module.trained_on else None
    module.train_corpus = lambda corpus, *_: module.trained_on.append(corpus) or {"perplexity": 12.3456}
    monkeypatch.setitem(sys.modules, "rebuild.pipeline", module)
    import rebuild

    monkeypatch.setattr(rebuild, "pipeline", module, raising=False)
    monkeypatch.setattr(course_lib.data, "load_texts", lambda corpus: [corpus])
    return module


def test_another_corpus_is_trained_on_first_and_only_once(pipeline):
    said = []
    for _ in range(2):
        values = training.with_trained_weights({"CORPUS": "x.txt", "JUDGE": None, "SEED": 3}, said.append)
        places = {name: str(repo_root() / "build" / part) for name, part in PARTS.items()}
        assert values == {"CORPUS": "x.txt", "SEED": 3, **places}
    assert pipeline.trained_on == ["x.txt"]
    assert sum("trained on it first" in sentence for sentence in said) == 1


@pytest.mark.parametrize("parameters", [{}, {"CORPUS": None}, {"CORPUS": "x", "WEIGHTS": "mine"}, {"SEED": 1}])
def test_nothing_is_trained_where_the_user_chose_or_wants_the_default(pipeline, parameters):
    assert training.with_trained_weights(parameters, print) == parameters
    assert pipeline.trained_on == []


def test_a_corpus_that_is_not_there_is_known_before_a_training_is_announced():
    said = []
    with pytest.raises(CourseError, match="there is no corpus file '/nonexist'"):
        training.with_trained_weights({"CORPUS": "/nonexist"}, said.append)
    assert said == []


def test_a_tokenizer_without_its_weights_is_refused_before_anything_is_trained(pipeline):
    with pytest.raises(CourseError, match="-p TOKENIZER needs -p WEIGHTS"):
        training.with_trained_weights({"CORPUS": "x", "TOKENIZER": "mine"}, print)
    assert pipeline.trained_on == []


def test_what_the_user_gave_is_kept(pipeline):
    values = training.with_trained_weights({"CORPUS": "x", "JUDGE": "mine"}, lambda _: None)
    assert values["JUDGE"] == "mine" and values["WEIGHTS"].endswith("lstm")


def test_train_takes_a_file_from_where_the_user_is_and_shows_the_report(pipeline, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "anek.txt").write_text("x")
    result = CliRunner().invoke(main, ["train", "anek.txt", "--minutes", "1"])
    assert result.exit_code == 0, result.output
    assert pipeline.trained_on == [str(tmp_path / "anek.txt")]
    assert "perplexity: 12.35" in result.output


def test_a_corpus_that_cannot_be_read_is_a_sentence(pipeline, monkeypatch):
    def fail(*_):
        raise FileNotFoundError("there is no file 'x'; give a path")

    monkeypatch.setattr(pipeline, "train_corpus", fail)
    result = CliRunner().invoke(main, ["train", "x"])
    assert result.exit_code == 1
    assert result.output.strip() == "Error: there is no file 'x'; give a path"
