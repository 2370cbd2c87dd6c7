"""The LSTM against torch.nn.LSTM between the same layers, and its step against the output layer alone."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.made_up import make_model
from benchmarks.measure import Row, alternate, at_most
from benchmarks.peers import TorchLSTM
from benchmarks.sizes import Sizes
from course_lib.linear import fast_linear
from course_lib.model import LSTM, load_weights

TEXTS, TOKENS = 32, 36  # of a batch: 1,152 tokens, whose logits are 136 MB with the document's vocabulary


def rows(sizes: Sizes) -> Iterator[Row]:
    """Training, scoring and stepping, with the document's sizes and the bundled model's."""
    models = {f"vocabulary {sizes.vocabulary:,}": make_model(sizes.vocabulary, sizes.hidden)}
    models["bundled model"] = load_weights()
    texts = min(TEXTS, sizes.batch)
    for name, ours in models.items():
        peer = TorchLSTM(ours)
        ids = torch.randint(ours.vocab_size, (texts, TOKENS + 1), generator=torch.Generator().manual_seed(0))
        setting = f"{name}, {texts} × {TOKENS} tokens"
        times = alternate(_trainer(ours, ids), _trainer(peer, ids), sizes.runs, sizes.run_seconds)
        yield Row("lstm", "a training step, beside torch.nn.LSTM", setting, *times, kind="times", target=at_most(1.15))
        times = alternate(_scorer(ours, ids), _scorer(peer, ids), sizes.runs, sizes.run_seconds)
        yield Row("lstm", "scoring, beside torch.nn.LSTM", setting, *times, kind="times", target=at_most(1.15))
        yield _step(ours, name, sizes)


@torch.no_grad()
def _step(model: LSTM, name: str, sizes: Sizes) -> Row:
    """A step of generation as generation takes it; the output layer computes in the same precision."""
    stepper = model.stepper(n_tokens=10**6)
    tokens = torch.randint(model.vocab_size, (sizes.batch,))
    h, c = torch.randn(sizes.batch, model.hidden_size).tanh(), torch.randn(sizes.batch, model.hidden_size)
    layer = model.output

    def output_alone() -> torch.Tensor:
        return fast_linear(h, layer.weight, layer.bias)

    times = alternate(lambda: stepper(tokens, h, c), output_alone, sizes.runs, sizes.run_seconds)
    setting = f"{name}, batch {sizes.batch}"
    return Row("lstm", "a step, beside its output layer", setting, *times, kind="times", target=at_most(1.3))


def _trainer(model: nn.Module, ids: torch.Tensor):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-9)

    def step() -> None:
        logits, _ = model(ids[:, :-1])
        optimizer.zero_grad()
        F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()).backward()
        optimizer.step()

    return step


def _scorer(model: nn.Module, ids: torch.Tensor):
    @torch.no_grad()
    def score() -> float:
        logits, _ = model(ids[:, :-1])
        return float(F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()))

    return score
