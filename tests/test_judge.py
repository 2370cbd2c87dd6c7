"""The judge's loss against the model's own loss on one text at a time, and what ours can do untrained."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from course_lib import judge
from course_lib.utils import GPTLoss
from rebuild.judge import POSITIONS, new_judge
from tests.tiny import TEXTS, make_gpt2, make_tokenizer


@pytest.fixture
def folder(tmp_path):
    make_gpt2(tmp_path / "judge", make_tokenizer(tmp_path / "tokenizer"), positions=64)
    return str(tmp_path / "judge")


@torch.no_grad()
def one_at_a_time(gpt_loss: GPTLoss, texts: list[str]) -> list[float]:
    losses = []
    for text in texts:
        ids = gpt_loss.tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"][:, :64]
        losses.append(float(gpt_loss.model(input_ids=ids, labels=ids).loss))
    return losses


@pytest.mark.parametrize("batch_tokens", [1, 100, 4096])
def test_batches_change_nothing(folder, monkeypatch, batch_tokens):
    monkeypatch.setattr(judge, "BATCH_TOKENS", batch_tokens)
    gpt_loss = GPTLoss("cpu", folder)
    expected = one_at_a_time(gpt_loss, TEXTS)
    assert len({round(loss, 2) for loss in expected}) > 4  # the texts do differ
    assert gpt_loss.compute(TEXTS) == pytest.approx(sum(expected) / len(expected), abs=1e-4)
    assert gpt_loss.skipped == 0


def test_texts_too_short_are_skipped_and_counted(folder, capsys):
    gpt_loss = GPTLoss("cpu", folder)
    assert gpt_loss.compute([TEXTS[0], "", "—", "?"]) == pytest.approx(one_at_a_time(gpt_loss, TEXTS[:1])[0], abs=1e-4)
    assert gpt_loss.skipped == 3
    assert "в 3 из 4 текстов" in "".join(capsys.readouterr())
    with pytest.raises(ValueError, match="none of them has two tokens"):
        gpt_loss.compute(["", "—"])


def test_a_text_longer_than_the_model_reads_is_cut(folder):
    gpt_loss = GPTLoss("cpu", folder)
    long = " ".join(TEXTS)
    assert len(gpt_loss.tokenizer(long)["input_ids"]) > 64
    assert gpt_loss.compute([long]) == pytest.approx(one_at_a_time(gpt_loss, [long])[0], abs=1e-4)


@pytest.mark.parametrize(("texts", "sentence"), [([], "the list is empty"), ("текст", "put it into a list")])
def test_nothing_to_judge(folder, texts, sentence):
    with pytest.raises(ValueError, match=sentence):
        GPTLoss("cpu", folder).compute(texts)


def test_a_judge_that_cannot_be_had(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    for name in [str(tmp_path / "nothing"), "nobody/nothing"]:
        with pytest.raises(ValueError, match="no judge could be loaded from"):
            GPTLoss("cpu", name)


@pytest.mark.parametrize(("file", "size"), [("model.safetensors", 1000), ("tokenizer.json", 2)])
def test_a_damaged_judge_is_named_and_what_was_wrong_with_it(folder, file, size):
    path = Path(folder, file)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match=r"(?s)no judge could be loaded from '.*\(\w+: .*\)$") as caught:
        GPTLoss("cpu", folder)
    assert folder in str(caught.value)


def test_a_judge_in_the_home_folder(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert GPTLoss("cpu", "~/judge").max_length == 64


@pytest.mark.parametrize(("named", "read"), [(64, 64), (2048, 2048), (None, 1024), (-1, 1024)])
def test_a_judge_reads_as_much_as_it_says(folder, monkeypatch, named, read):
    import transformers

    load = transformers.AutoModelForCausalLM.from_pretrained

    def loaded(*args, **settings):
        model = load(*args, **settings)
        model.config.max_position_embeddings = named
        return model

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", loaded)
    assert GPTLoss("cpu", folder).max_length == read


def test_a_text_longer_than_a_batch_is_read_whole(tmp_path):
    make_gpt2(tmp_path / "judge", make_tokenizer(tmp_path / "tokenizer"), positions=1500)
    gpt_loss = GPTLoss("cpu", str(tmp_path / "judge"))
    long = " ".join(TEXTS * 20)
    ids = gpt_loss.tokenizer(long, add_special_tokens=False, return_tensors="pt")["input_ids"]
    assert ids.shape[1] > 1500
    with torch.no_grad():
        expected = float(gpt_loss.model(input_ids=ids[:, :1500], labels=ids[:, :1500]).loss)
    assert gpt_loss.compute([long]) == pytest.approx(expected, abs=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("period", [5, 40, 150])
def test_an_untrained_judge_copies_tokens_drawn_at_random(period):
    """The wired heads alone: what comes a second time is expected, what comes first is not."""
    torch.manual_seed(0)
    model = new_judge(vocab_size=3000).eval()
    ids = torch.stack([torch.randperm(3000)[:period].repeat(2) for _ in range(8)])
    logits = model(input_ids=ids).logits[:, :-1]
    losses = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none").view(8, -1)
    first, second = losses[:, : period - 1].mean(), losses[:, period:].mean()
    assert first > 8.0  # ln 3000, or worse: nothing is known of a token that comes for the first time
    assert second < 0.2 * first


@torch.no_grad()
def test_an_untrained_judge_notes_the_token_before_at_every_position():
    torch.manual_seed(0)
    model = new_judge(vocab_size=3000).eval()
    model.set_attn_implementation("eager")
    ids = torch.randint(3000, (2, POSITIONS))
    attention = model(input_ids=ids, output_attentions=True).attentions[0][:, 0]  # (B, T, T) of the first head
    assert (attention.diagonal(offset=-1, dim1=1, dim2=2) > 0.9).all()


def test_a_text_that_comes_often_counts_as_often(folder):
    gpt_loss = GPTLoss("cpu", folder)
    texts = [TEXTS[0]] * 5 + [TEXTS[1]] + [TEXTS[2]] * 2
    expected = one_at_a_time(gpt_loss, texts)
    assert gpt_loss.compute(texts) == pytest.approx(sum(expected) / len(expected), abs=1e-4)
