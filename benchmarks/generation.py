"""5,000 texts against the source document's loop, with a model of its sizes and with the bundled one."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from benchmarks import sampling
from benchmarks.made_up import make_model, make_tokenizer
from benchmarks.measure import Row, Target, at_least, milliseconds
from benchmarks.peers import MAX_LENGTH, PlainLSTM, plain_generate
from benchmarks.sizes import Sizes
from course_lib.data import load_tokenizer
from course_lib.generation import generate_ids, generate_n_texts
from course_lib.model import load_weights


def rows(sizes: Sizes) -> Iterator[Row]:
    """Ours writes all the texts. Of the peer's loop some steps are timed: one costs what any other does."""
    made_up = make_tokenizer(sizes.vocabulary)
    models = {
        f"vocabulary {sizes.vocabulary:,}": (make_model(sizes.vocabulary, sizes.hidden), made_up, at_least(20.0)),
        "bundled model": (load_weights(), load_tokenizer(), None),  # nothing was promised with a small vocabulary
    }
    for name, (model, tokenizer, target) in models.items():
        for mode in sizes.generation_modes:
            yield _row(name, mode, model, tokenizer, target, sizes)


def _row(name: str, mode: str, model, tokenizer, target: Target | None, sizes: Sizes) -> Row:
    ours, peer, plain = sampling.ours(mode), sampling.peer(mode), PlainLSTM(model).eval()
    lengths = _lengths(model, ours, tokenizer, sizes)
    loop_steps = sum(int(batch.max()) for batch in lengths.split(sizes.batch))
    few = min(sizes.peer_steps, MAX_LENGTH)
    times: tuple[list[float], list[float]] = ([], [])
    for run in range(sizes.runs):
        torch.manual_seed(run)
        times[0].append(milliseconds(lambda: generate_n_texts(model, ours, tokenizer, sizes.texts, sizes.batch)))
        of_few = milliseconds(lambda: plain_generate(plain, peer, tokenizer, sizes.batch, few))
        times[1].append(of_few / few * loop_steps)
    setting = f"{name}, {sizes.texts:,} texts of {float(lengths.double().mean()):.0f} tokens"
    return Row("generation", mode, setting, *times, target=target)


def _lengths(model, sampler, tokenizer, sizes: Sizes) -> torch.Tensor:
    """How many steps each text takes, its end included: int64[texts]. The loop steps a batch until its longest ends."""
    end = tokenizer.sep_token_id
    torch.manual_seed(0)
    ids, _ = generate_ids(model, sampler, tokenizer.cls_token_id, end, sizes.texts, batch_size=sizes.batch)
    return (ids[:, 1:] != end).sum(dim=1).add(1).clamp(max=MAX_LENGTH)
