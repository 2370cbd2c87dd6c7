"""The whole training on a small corpus: what it leaves can be loaded."""

import json
import shutil
from pathlib import Path

import pytest

from course_lib import assets
from course_lib.data import START_MARKER, load_texts, load_tokenizer
from course_lib.model import load_weights
from course_lib.utils import GPTLoss
from rebuild import pipeline
from rebuild.batches import LengthBatches, training_record
from tests.tiny import TEXTS


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "small.txt"
    path.write_text("\n\n".join(f"{START_MARKER}{text} {i}." for i in range(6) for text in TEXTS), encoding="utf-8")
    return path


def test_train_corpus_leaves_models_and_a_report(corpus, tmp_path, monkeypatch, capsys):
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
    corpus.write_text(corpus.read_text(encoding="utf-8") + f"\n\n{START_MARKER}Новый текст.", encoding="utf-8")
    assert pipeline.trained(str(corpus)) is None
    assert "small.txt has changed since the models in" in "".join(capsys.readouterr())


def test_rebuild_replaces_the_assets_together(tmp_path, monkeypatch):
    """On a corpus drawn thin: the assets folder gets every part, and the card has the report's figures."""
    target = tmp_path / "assets"
    target.mkdir()
    monkeypatch.setattr(pipeline, "SIZE", 16)
    monkeypatch.setattr(pipeline, "PER_SITUATION", 1)
    monkeypatch.setattr(pipeline, "MODELS", tmp_path / "models")
    monkeypatch.setattr(pipeline.assets, "__file__", str(target / "__init__.py"))
    report = pipeline.rebuild_all(minutes=0.1)
    assert {path.name for path in target.iterdir()} == {*pipeline.assets.NAMES, "README.md"}
    assert f"{report['texts']:,} original Russian jokes" in (target / "README.md").read_text(encoding="utf-8")
    assert report["texts"] == len(load_texts(target / "corpus.txt.xz"))


def test_the_judge_alone_is_rebuilt_beside_the_other_assets(tmp_path, monkeypatch):
    """The other assets stay byte for byte, and what their record notes stands in the new card."""
    target = tmp_path / "assets"
    shutil.copytree(Path(assets.__file__).parent, target)
    texts = load_texts()[:40]
    record = {"minutes": 7.0, "epochs": 3.0, "note": "The LSTM was trained in the rain."}
    (target / "lstm" / "training.json").write_text(json.dumps(record))
    before = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    monkeypatch.setattr(pipeline, "load_texts", lambda: texts)
    monkeypatch.setattr(pipeline, "MODELS", tmp_path / "models")
    monkeypatch.setattr(pipeline.assets, "__file__", str(target / "__init__.py"))
    report = pipeline.rebuild_judge(minutes=0.05)
    changed = {path for path, content in before.items() if path.read_bytes() != content}
    assert {target / "README.md", target / "judge" / "model.safetensors"} <= changed
    assert all(path.parent.name == "judge" for path in changed - {target / "README.md"})
    card = (target / "README.md").read_text(encoding="utf-8")
    assert "LSTM 7 minutes (3.0 epochs)" in card and "epochs).\nThe LSTM was trained in the rain." in card
    assert f"nats per token | {report['judge_loss_train']:.3f} | {report['judge_loss_held_out']:.3f} |" in card


def test_a_training_that_was_cut_counts_a_part_of_its_last_epoch():
    batches = LengthBatches([1] * 10, seed=0, batch_size=2)
    history = [{"minutes": 1.5}, {"minutes": 3.0}]
    assert training_record(history, batches) == {"minutes": 3.0, "epochs": 2.0}
    for _, batch in zip(range(2), batches, strict=False):
        assert len(batch) == 2
    assert training_record(history, batches)["epochs"] == pytest.approx(1.4)


def test_folders_of_corpora_have_plain_names():
    names = {name: pipeline.corpus_folder(name).name for name in ("fortunes-ru", "someone/jokes", "../x", "/")}
    assert names == {"fortunes-ru": "fortunes-ru", "someone/jokes": "someone-jokes", "../x": "x", "/": "corpus"}
