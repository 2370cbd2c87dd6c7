"""The whole training on a small corpus: what it leaves can be loaded."""

import json

import pytest

from course_lib.data import START_MARKER, load_texts, load_tokenizer
from course_lib.model import load_weights
from course_lib.utils import GPTLoss
from rebuild import pipeline
from tests.tiny import TEXTS


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "small.txt"
    path.write_text("\n\n".join(f"{START_MARKER}{text} {i}." for i in range(6) for text in TEXTS), encoding="utf-8")
    return path


def test_train_corpus_leaves_models_and_a_report(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "SIZE", 16)
    monkeypatch.setattr(pipeline, "MODELS", tmp_path / "models")
    assert pipeline.trained(str(corpus)) is None
    report = pipeline.train_corpus(str(corpus), minutes=0.1)
    found = pipeline.trained(str(corpus))
    assert report["texts"] == 48
    assert report["train_texts"] + report["held_out_texts"] == 48
    assert json.loads((pipeline.corpus_folder(str(corpus)) / "report.json").read_text()) == report
    assert load_weights(found["WEIGHTS"]).vocab_size == len(load_tokenizer(found["TOKENIZER"])) == report["vocabulary"]
    assert GPTLoss("cpu", found["JUDGE"]).compute(TEXTS) > 0
    assert not list(pipeline.corpus_folder(str(corpus)).glob("*.checkpoint"))


def test_rebuild_replaces_the_assets_together(tmp_path, monkeypatch):
    """On a corpus drawn thin: the assets folder gets every part, and the card has the report's figures."""
    target = tmp_path / "assets"
    target.mkdir()
    monkeypatch.setattr(pipeline, "SIZE", 16)
    monkeypatch.setattr(pipeline, "PER_SITUATION", 1)
    monkeypatch.setattr(pipeline, "MODELS", tmp_path / "models")
    monkeypatch.setattr(pipeline.assets, "__file__", str(target / "__init__.py"))
    report = pipeline.rebuild_all(minutes=0.2)
    assert {path.name for path in target.iterdir()} == {*pipeline.assets.NAMES, "README.md"}
    assert f"{report['texts']:,} original Russian jokes" in (target / "README.md").read_text(encoding="utf-8")
    assert report["texts"] == len(load_texts(target / "corpus.txt.xz"))


def test_folders_of_corpora_have_plain_names():
    names = {name: pipeline.corpus_folder(name).name for name in ("fortunes-ru", "someone/jokes", "../x", "/")}
    assert names == {"fortunes-ru": "fortunes-ru", "someone/jokes": "someone-jokes", "../x": "x", "/": "corpus"}
