"""What ships: that it is all there, small enough, loads without a network and has the figures of its card."""

import re
from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader

from course_lib import assets
from course_lib.assets import NAMES, asset_path
from course_lib.data import load_texts, load_tokenizer, split_texts
from course_lib.model import load_weights
from course_lib.train import evaluate
from course_lib.utils import GPTLoss, perplexity

CARD = Path(assets.__file__).parent / "README.md"


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def figures(row: str) -> list[float]:
    line = next(line for line in CARD.read_text(encoding="utf-8").splitlines() if row in line)
    return [float(cell) for cell in re.findall(r"(?<=\| )[\d.]+", line)]


def test_assets_fit_into_25_megabytes():
    sizes = [p.stat().st_size for p in CARD.parent.rglob("*") if p.is_file()]
    assert sum(sizes) < 25e6
    assert {p.name for p in CARD.parent.iterdir()} - {"__init__.py", "__pycache__"} == {*NAMES, "README.md"}


def test_weights_are_safetensors_alone():
    suffixes = {p.suffix for name in ("lstm", "judge") for p in asset_path(name).iterdir()}
    assert suffixes <= {".safetensors", ".json"}


def test_an_asset_that_does_not_exist():
    with pytest.raises(ValueError, match="no bundled asset 'corpus'; the assets are: corpus.txt.xz"):
        asset_path("corpus")


def test_tokenizer_is_cased_wordpiece_of_about_8000():
    tokenizer = load_tokenizer()
    assert 7_500 <= len(tokenizer) <= 8_500
    assert [tokenizer.cls_token, tokenizer.sep_token, tokenizer.pad_token] == ["[CLS]", "[SEP]", "[PAD]"]
    assert tokenizer.tokenize("Кот") != tokenizer.tokenize("кот")


def test_texts_survive_the_tokenizer():
    tokenizer, texts = load_tokenizer(), split_texts(load_texts())[1]
    restored = tokenizer.batch_decode(tokenizer(texts)["input_ids"], skip_special_tokens=True)
    assert sum(a != b for a, b in zip(texts, restored, strict=True)) < 0.02 * len(texts)


def test_the_card_tells_the_truth():
    """Held-out accuracy, perplexity and judge loss, measured anew, are those of the model card."""
    train, held_out = split_texts(load_texts())
    tokenizer, model, judge = load_tokenizer(), load_weights(), GPTLoss("cpu")
    accuracy = evaluate(model, DataLoader(sorted(held_out, key=len), batch_size=64), tokenizer)
    assert accuracy == pytest.approx(figures("next-token accuracy")[0], abs=2e-3)
    assert perplexity(model, held_out, tokenizer) == pytest.approx(figures("perplexity")[1], rel=5e-3)
    assert judge.compute(held_out) == pytest.approx(figures("loss of a text")[1], abs=5e-3)


@pytest.mark.parametrize(("phrase", "times"), [("Кот спит. ", 4), ("Синий чайник танцует на крыше. ", 1)])
def test_the_judge_hears_a_repetition(phrase, times):
    """It never read these phrases twenty times over, and yet again and again surprises it less than once."""
    judge = GPTLoss("cpu")
    assert judge.compute([phrase * 20]) < judge.compute([phrase]) / times


@torch.no_grad()
def test_the_judge_has_about_five_million_parameters():
    count = sum(p.numel() for p in GPTLoss("cpu").model.parameters())
    assert 4e6 < count < 6e6
