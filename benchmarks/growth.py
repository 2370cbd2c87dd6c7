"""How time and memory grow with the number of texts, the vocabulary and the batch: no faster than the work."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

from benchmarks.made_up import make_model, make_tokenizer
from benchmarks.measure import Row, at_most, peak_process_bytes
from benchmarks.sizes import Sizes
from course_lib.data import load_tokenizer
from course_lib.generation import generate_ids, generate_n_texts
from course_lib.model import load_weights
from course_lib.sampler import Sampler

ALLOWED = 1.25  # a step up in size may cost so many times its share: caches end, noise doesn't
STEPS = 20
START, END = 0, 1


def rows(sizes: Sizes) -> Iterator[Row]:
    """Each size with its time and memory, then what a unit of work costs beside the size below it."""
    model, tokenizer = load_weights(), load_tokenizer()
    sampler = Sampler(sample_mode="random")
    yield from _grow(
        "texts",
        sizes.growth_texts,
        lambda n: lambda: generate_n_texts(model, sampler, tokenizer, n, sizes.batch),
        sizes.growth_runs,
    )
    hidden = sizes.hidden

    def of_vocabulary(n: int) -> Callable[[], object]:
        large, words = make_model(n, hidden), make_tokenizer(n)
        return lambda: generate_ids(large, sampler, words.cls_token_id, words.sep_token_id, sizes.batch, STEPS)

    yield from _grow("vocabulary", sizes.growth_vocabularies, of_vocabulary, sizes.growth_runs)
    document = make_model(sizes.vocabulary, hidden)

    def of_batch(n: int) -> Callable[[], object]:
        return lambda: generate_ids(document, sampler, START, END, n, STEPS, batch_size=n)

    yield from _grow("batch", sizes.growth_batches, of_batch, sizes.growth_runs)


def _grow(
    what: str,
    values: tuple[int, ...],
    prepare: Callable[[int], Callable[[], object]],
    runs: int,
) -> Iterator[Row]:
    before: tuple[int, list[float]] | None = None
    for value in values:
        work = prepare(value)
        memory = peak_process_bytes(work) / 2**20
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            work()
            times.append(1000 * (time.perf_counter() - start))
        yield Row("growth", f"{what}: time", f"{value:,}", times, [], "ms", "value")
        yield Row("growth", f"{what}: peak memory", f"{value:,}", [memory], [], "MB", "value")
        if before is not None:
            smaller, least = before
            share = [t / statistics.median(least) / (value / smaller) for t in times]
            setting = f"{smaller:,} → {value:,}"
            yield Row("growth", f"{what}: cost of a unit, times", setting, share, [], "×", "value", at_most(ALLOWED))
        before = (value, times)
