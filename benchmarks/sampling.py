"""The sampler against transformers' warpers, softmax and torch.multinomial, on the same logits."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from benchmarks.made_up import logits_of, real_logits
from benchmarks.measure import Row, alternate, at_least, at_most, peak_extra_bytes
from benchmarks.peers import WarperSampler
from benchmarks.sizes import Sizes
from course_lib.sampler import Sampler

MODES = {
    "t=1": ({"sample_mode": "random"}, {}, 15.0),
    "topk=50": ({"prob_mode": "topk", "sample_mode": "random", "k": 50}, {"k": 50}, 15.0),
    "nucleus=0.95": ({"sample_mode": "nucleus", "p": 0.95}, {"p": 0.95}, 12.0),
}
KINDS = ("flat", "noise", "peaked", "real")


def ours(mode: str) -> Sampler:
    return Sampler(**MODES[mode][0])


def peer(mode: str) -> WarperSampler:
    return WarperSampler(**MODES[mode][1])


def rows(sizes: Sizes) -> Iterator[Row]:
    """Speed on every kind of logits, memory on the worst."""
    bundled = real_logits(1).shape[1]
    for vocabulary in (sizes.vocabulary, bundled):
        peaks = dict.fromkeys(MODES, 0.0)
        for kind in KINDS:
            logits = logits_of(kind, sizes.batch, vocabulary)
            size = f"{len(logits)} × {vocabulary:,}, {kind} logits"
            for mode in MODES:
                mine, theirs = ours(mode), peer(mode)
                times = alternate(
                    lambda m=mine, x=logits: m.sample(x),
                    lambda t=theirs, x=logits: t.draw(x),
                    sizes.runs,
                    sizes.run_seconds,
                )
                yield Row("sampling", mode, size, *times, target=at_least(MODES[mode][2]))
                extra = peak_extra_bytes(lambda m=mine, x=logits: m.sample(x)) / logits.nbytes
                peaks[mode] = max(peaks[mode], extra)
        for mode, peak in peaks.items():
            size = f"{sizes.batch} × {vocabulary:,}, worst logits"
            yield Row("sampling", f"{mode}: extra memory", size, [peak], [], "logits", "value", at_most(2.0))
    if torch.cuda.is_available():
        yield from on_gpu(sizes)


def on_gpu(sizes: Sizes) -> Iterator[Row]:
    """The same on CUDA, and beside one reading of the logits, which is what the memory's bandwidth allows."""

    def waited(work):
        def run():
            work()
            torch.cuda.synchronize()

        return run

    for kind in KINDS:
        logits = logits_of(kind, sizes.batch, sizes.vocabulary).cuda()
        size = f"GPU, {len(logits)} × {sizes.vocabulary:,}, {kind} logits"
        read = waited(lambda x=logits: x.sum(dim=1))
        for mode in MODES:
            sampler, warpers = ours(mode), peer(mode)
            mine = waited(lambda m=sampler, x=logits: m.sample(x))
            theirs = waited(lambda t=warpers, x=logits: t.draw(x))
            yield Row("sampling", mode, size, *alternate(mine, theirs, sizes.runs, sizes.run_seconds))
            times = alternate(mine, read, sizes.runs, sizes.run_seconds)
            yield Row("sampling", f"{mode}, beside reading the logits", size, *times, kind="times")
