"""5,000 texts against the source document's loop, with a model of its sizes and with the bundled one."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import torch

from benchmarks import sampling
from benchmarks.made_up import make_model, make_tokenizer
from benchmarks.measure import Row, at_least, milliseconds
from benchmarks.peers import PlainLSTM, plain_generate_n_texts
from benchmarks.sizes import Sizes
from course_lib.data import load_tokenizer
from course_lib.generation import generate_n_texts
from course_lib.model import load_weights


def rows(sizes: Sizes) -> Iterator[Row]:
    """Ours writes all the texts; the peer writes one of its batches, which counts as many times as it has batches."""
    made_up = make_tokenizer(sizes.vocabulary)
    models = {
        f"vocabulary {sizes.vocabulary:,}": (make_model(sizes.vocabulary, sizes.hidden), made_up),
        "bundled model": (load_weights(), load_tokenizer()),
    }
    for name, (model, tokenizer) in models.items():
        plain = PlainLSTM(model).eval()
        for mode in sizes.generation_modes:
            ours, peer = sampling.ours(mode), sampling.peer(mode)
            times: tuple[list[float], list[float]] = ([], [])
            lengths: list[float] = []
            generate_n_texts(model, ours, tokenizer, min(sizes.texts, 2 * sizes.batch), sizes.batch)  # warm
            for run in range(sizes.runs):
                torch.manual_seed(run)
                told: list[str] = []

                def write(m=model, o=ours, t=tokenizer, told=told):
                    told.extend(generate_n_texts(m, o, t, sizes.texts, sizes.batch)[0])

                def write_plainly(m=plain, p=peer, t=tokenizer):
                    plain_generate_n_texts(m, p, t, sizes.peer_texts, sizes.peer_texts)

                times[0].append(milliseconds(write))
                times[1].append(milliseconds(write_plainly) * sizes.texts / sizes.peer_texts)
                lengths.append(statistics.mean(map(len, tokenizer(told[:500], add_special_tokens=False)["input_ids"])))
            setting = f"{name}, {sizes.texts:,} texts of {statistics.mean(lengths):.0f} tokens"
            yield Row("generation", mode, setting, *times, target=at_least(20.0))
