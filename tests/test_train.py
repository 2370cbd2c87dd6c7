"""Training: it learns, stops, survives an interrupt; accuracy counts what it should."""

import math

import pytest
import torch
from torch.utils.data import DataLoader

from course_lib.model import LSTM
from course_lib.train import evaluate, held_out_loss, train
from tests.tiny import TEXTS, make_tokenizer


@pytest.fixture
def tokenizer(tmp_path):
    return make_tokenizer(tmp_path / "tokenizer")


def small(tokenizer, seed=0):
    torch.manual_seed(seed)
    return LSTM(len(tokenizer), 16, 32)


def test_accuracy_by_hand(tokenizer):
    """Against a count over single unpadded texts, and on texts of different lengths so that padding would show."""
    model = small(tokenizer)
    train(model, DataLoader(TEXTS, batch_size=4), tokenizer, num_epochs=6, lr=1e-2)
    right = total = 0
    for text in TEXTS:
        ids = torch.tensor([tokenizer(text)["input_ids"]])
        guess = model(ids[:, :-1])[0].argmax(dim=-1)
        right, total = right + int((guess == ids[:, 1:]).sum()), total + guess.numel()
    assert 0 < right < total
    assert evaluate(model, DataLoader(TEXTS, batch_size=3), tokenizer) == right / total
    assert evaluate(model, DataLoader(TEXTS, batch_size=8), tokenizer) == right / total
    with pytest.raises(ValueError, match="no texts"):
        evaluate(model, [], tokenizer)


def test_it_learns_the_texts_by_heart(tokenizer):
    model = small(tokenizer)
    loader = DataLoader(TEXTS, batch_size=4)
    history = train(model, loader, tokenizer, num_epochs=40, lr=2e-2)
    assert history[0]["train_loss"] > math.log(len(tokenizer)) * 0.8
    assert evaluate(model, loader, tokenizer) > 0.9


def test_early_stop_puts_the_best_weights_back(tokenizer):
    model = small(tokenizer)
    held_out = [["Совсем другие слова пришли и ушли."]]
    history = train(model, DataLoader(TEXTS, batch_size=4), tokenizer, held_out, num_epochs=200, lr=2e-2, patience=3)
    losses = [row["valid_loss"] for row in history]
    assert len(history) < 200
    assert len(losses) - 1 - losses.index(min(losses)) == 3
    assert held_out_loss(model, held_out, tokenizer) == pytest.approx(min(losses), abs=1e-5)


def test_without_held_out_texts_the_training_loss_stands_in(tokenizer):
    history = train(small(tokenizer), [TEXTS], tokenizer, num_epochs=4)
    assert [row["valid_loss"] for row in history] == [row["train_loss"] for row in history]
    history = train(small(tokenizer), [TEXTS], tokenizer, num_epochs=50, lr=0.0, patience=2)
    assert len(history) == 3  # it never falls


def test_interrupted_training_goes_on_and_ends_the_same(tokenizer, tmp_path):
    loader = DataLoader(TEXTS, batch_size=4)
    whole = small(tokenizer)
    train(whole, loader, tokenizer, num_epochs=4, lr=1e-2)

    class Interrupting:
        """A loader that is interrupted in the middle of the third epoch."""

        batches = 0

        def __len__(self):
            return len(loader)

        def __iter__(self):
            for batch in loader:
                self.batches += 1
                if self.batches == 6:
                    raise KeyboardInterrupt
                yield batch

    checkpoint = tmp_path / "folder" / "lstm.checkpoint"
    with pytest.raises(KeyboardInterrupt):
        train(small(tokenizer), Interrupting(), tokenizer, num_epochs=4, lr=1e-2, checkpoint=checkpoint)
    resumed = small(tokenizer, seed=5)
    history = train(resumed, loader, tokenizer, num_epochs=4, lr=1e-2, checkpoint=checkpoint)
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]
    for name, weight in whole.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], weight)


def test_a_foreign_checkpoint_is_named(tokenizer, tmp_path):
    torch.save({"model": {"a": torch.zeros(1)}}, tmp_path / "c")
    with pytest.raises(ValueError, match="the checkpoint 'c' doesn't belong to this model"):
        train(small(tokenizer), [TEXTS], tokenizer, checkpoint=tmp_path / "c")


def test_the_clock_ends_it(tokenizer):
    history = train(small(tokenizer), [TEXTS], tokenizer, num_epochs=10_000, patience=10_000, max_minutes=0.02)
    assert 1 <= len(history) < 10_000


def test_nothing_to_train_on(tokenizer):
    with pytest.raises(ValueError, match="train_loader: it is empty"):
        train(small(tokenizer), [], tokenizer)
    with pytest.raises(ValueError, match="num_epochs must be at least 1, not 0"):
        train(small(tokenizer), [TEXTS], tokenizer, num_epochs=0)
