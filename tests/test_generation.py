"""Generation: the state is carried, rows that end make room, neighbours don't matter."""

import numpy as np
import pytest
import torch

from course_lib import generation
from course_lib.generation import clear_text, generate, generate_ids, generate_n_texts
from course_lib.sampler import Sampler
from tests.tiny import make_lstm, make_tokenizer

START, END = 2, 3


def plain_loop(model, sampler, n_samples, max_length):
    """The document's loop in its plainest form: every row is stepped until all have ended."""
    tokens = torch.full((n_samples, 1), START)
    ids, state, entropies = tokens.clone(), None, []
    running = torch.ones(n_samples, dtype=torch.bool)
    for _ in range(max_length):
        logits, state = model(tokens, state)
        drawn, entropy = sampler.sample(logits[:, -1])
        entropies.append(entropy[running])
        tokens = torch.where(running, drawn, END).unsqueeze(1)
        ids = torch.cat([ids, tokens], dim=1)
        running &= drawn != END
        if not running.any():
            break
    return ids, float(torch.cat(entropies).double().mean())


class FromContext:
    """A sampler without randomness whose choice depends on the logits alone, and rows differ in length."""

    def __init__(self):
        self.calls = 0

    def sample(self, logits):
        self.calls += 1
        return logits.topk(3, dim=1).indices[:, 1], logits.softmax(dim=1).amax(dim=1)


class OnlyForward(torch.nn.Module):
    """A student's model has no stepper."""

    def __init__(self, model):
        super().__init__()
        self.model, self.hidden_size = model, model.hidden_size

    def forward(self, input_ids, init_states=None):
        return self.model(input_ids, init_states)


@torch.no_grad()
@pytest.mark.parametrize("wrapped", [lambda model: model, OnlyForward])
def test_equals_the_plain_loop_where_nothing_is_random(wrapped):
    model = make_lstm(30)
    model.output.bias[END] += 2
    expected, entropy = plain_loop(model, FromContext(), 5, 40)
    ids, mean = generate_ids(wrapped(model), FromContext(), START, END, 5, max_length=40)
    assert torch.equal(ids, expected)
    assert mean == pytest.approx(entropy, abs=1e-6)


@torch.no_grad()
@pytest.mark.parametrize("batch_size", [1, 7, 64, 500])
def test_lengths_first_tokens_and_entropy_as_in_the_plain_loop(batch_size):
    """Whatever the batch, texts have the plain loop's distribution (G-test at 1e-6 a comparison)."""
    from scipy.stats import chi2_contingency

    model = make_lstm(30)
    model.output.bias[END] += 3
    sampler = Sampler(sample_mode="random")
    torch.manual_seed(0)
    expected, entropy = plain_loop(model, sampler, 3000, 12)
    ids, mean = generate_ids(model, sampler, START, END, 500, max_length=12, batch_size=batch_size)
    assert ids.shape[0] == 500
    assert mean == pytest.approx(entropy, abs=0.15)
    for view in [lambda x: (x == END).int().argmax(dim=1), lambda x: x[:, 1]]:
        a, b = (torch.bincount(view(x), minlength=31) for x in (expected, ids))
        common = a + b > 40
        table = torch.stack([torch.cat([n[common], n[~common].sum()[None] + 1]) for n in (a, b)])
        assert chi2_contingency(table.numpy(), lambda_="log-likelihood").pvalue > 1e-6


@torch.no_grad()
def test_a_step_on_the_cpu_has_no_more_rows_than_its_memory_is_quick_with(monkeypatch):
    """A larger batch is written one part beside the other; a model that doesn't tell its vocabulary, all at once."""
    monkeypatch.setattr(generation, "LARGEST_STEP", 30 * 8)
    monkeypatch.setattr(generation, "ENOUGH_ROWS", 5)
    rows = []

    class Counting(Sampler):
        def sample(self, logits):
            rows.append(len(logits))
            return super().sample(logits)

    for vocabulary, most in [(30, 8), (60, 5)]:
        rows.clear()
        ids, _ = generate_ids(make_lstm(vocabulary), Counting(), START, END, 20, max_length=6, batch_size=20)
        assert max(rows) == most
        assert torch.equal(ids, generate_ids(make_lstm(vocabulary), Sampler(), START, END, 20, 6, batch_size=3)[0])
    rows.clear()
    generate_ids(OnlyForward(make_lstm(30)), Counting(), START, END, 20, max_length=6)
    assert max(rows) == 20


@torch.no_grad()
def test_a_penalty_sees_the_tokens_of_its_own_row():
    """Greedy with a penalty so large that nothing comes twice, in rows that begin at different times."""
    model = make_lstm(30)
    model.output.bias.fill_(100.0)  # all logits are positive: one that is divided is the least
    model.output.bias[END] = -torch.inf
    ids, _ = generate_ids(model, Sampler(repetition_penalty=1e6), START, END, 7, max_length=25, batch_size=3)
    assert all(len(set(row)) == 26 for row in ids.tolist())
    seen = []

    class Watching(Sampler):
        def sample(self, logits, previous=None):
            seen.append(previous)
            return super().sample(logits, previous)

    model = make_lstm(30)
    model.output.bias[END] += 3
    torch.manual_seed(0)
    ids, _ = generate_ids(
        model, Watching(sample_mode="random", repetition_penalty=1.2), START, END, 9, 12, batch_size=4
    )
    told = {tuple(row[row >= 0].tolist()) for previous in seen for row in previous}
    begun = {tuple(row[:n].tolist()) for row in ids for n in range(1, len(row)) if END not in row[:n]}
    assert told == begun


class OnlyLogits:
    """A student's sampler knows of nothing else."""

    def sample(self, logits):
        return logits.argmax(dim=1), torch.zeros(len(logits))


@torch.no_grad()
def test_a_sampler_without_a_penalty_is_given_logits_alone():
    ids, _ = generate_ids(make_lstm(30), OnlyLogits(), START, END, 2, max_length=3)
    expected, _ = generate_ids(make_lstm(30), Sampler(), START, END, 2, max_length=3)
    assert torch.equal(ids, expected)


@torch.no_grad()
def test_shape_of_the_ids():
    model = make_lstm(30)
    model.output.bias[END] += 3
    ids, _ = generate_ids(model, Sampler(sample_mode="random"), START, END, 50, max_length=20, batch_size=8)
    assert ids.dtype == torch.int64
    assert (ids[:, 0] == START).all()
    assert ids.shape[1] <= 21
    ended = (ids == END).cumsum(dim=1) > 0
    assert torch.equal(ended, ids == END)  # after the first end there is nothing else


@torch.no_grad()
def test_no_row_is_stepped_in_vain():
    """500 texts in a batch of 50 take about as many calls as their tokens divided by 50, not 10 times the longest."""
    model = make_lstm(30)
    model.output.bias[END] += 2

    class Counting(Sampler):
        rows = []

        def sample(self, logits):
            self.rows.append(len(logits))
            return super().sample(logits)

    sampler = Counting(sample_mode="random")
    ids, _ = generate_ids(model, sampler, START, END, 500, max_length=60, batch_size=50)
    cut = int((ids != END).all(dim=1).sum())
    assert sum(sampler.rows) == int((ids[:, 1:] != END).sum()) + 500 - cut
    assert max(sampler.rows) == 50


@torch.no_grad()
def test_seeded_runs_repeat_and_greedy_texts_are_equal(tmp_path):
    tokenizer = make_tokenizer(tmp_path)
    model = make_lstm(len(tokenizer))
    runs = []
    for _ in range(2):
        torch.manual_seed(7)
        runs.append(
            generate_n_texts(model, Sampler(sample_mode="random"), tokenizer, n_texts=12, batch_size=5, max_length=15)
        )
    assert runs[0] == runs[1]
    assert len(set(runs[0][0])) > 6
    texts, entropy = generate_n_texts(model, Sampler(), tokenizer, n_texts=9, batch_size=4, max_length=15)
    assert len(texts) == 9
    assert len(set(texts)) == 1
    assert entropy == 0.0
    raw, _ = generate(model, Sampler(), tokenizer, n_samples=2, max_length=15)
    assert raw[0].startswith("[CLS]")
    assert clear_text(raw, tokenizer) == texts[:2]


def test_clear_text():
    raw = ["[CLS] Кот спит. [SEP] [SEP]", "[CLS] без конца", "[CLS] [SEP]", "[UNK] а [PAD] б [SEP] в"]
    assert clear_text(raw) == ["Кот спит.", "без конца", "", "а б"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_samples", 0),
        ("max_length", 2.5),
        ("batch_size", -1),
        ("batch_size", 0),
        ("batch_size", False),
        ("n_samples", True),
    ],
)
def test_wrong_sizes_are_named(name, value):
    sizes = {"n_samples": 3, "max_length": 5, "batch_size": 2} | {name: value}
    with pytest.raises(ValueError, match=f"{name} must be a whole number of at least 1, not {value}"):
        generate_ids(make_lstm(10), Sampler(), START, END, **sizes)


@torch.no_grad()
def test_numpy_numbers_are_sizes_and_no_batch_size_is_all():
    sizes = {"n_samples": np.int64(4), "max_length": np.int32(6), "batch_size": np.int64(2)}
    ids, entropy = generate_ids(make_lstm(30), Sampler(), START, END, **sizes)
    expected, of_all = generate_ids(make_lstm(30), Sampler(), START, END, 4, 6, batch_size=None)
    assert torch.equal(ids, expected) and entropy == of_all


def test_logits_that_are_none_are_told_of_on_a_gpu_too(monkeypatch):
    monkeypatch.setattr("course_lib._sampler_checks.may_look", lambda tensor: False)
    model = make_lstm(10)
    model.output.bias.data[4] = float("nan")
    with pytest.raises(ValueError, match="logits: row 0 holds NaN"):
        generate_ids(model, Sampler(sample_mode="random"), START, END, 3, max_length=5)
