"""How much is measured: all of it, a minute's worth, or as little as a test needs."""

from __future__ import annotations

from dataclasses import dataclass

DOCUMENT_VOCABULARY = 29_564  # cointegrated/rubert-tiny's, as in the source document
DOCUMENT_HIDDEN = 256


@dataclass(frozen=True)
class Sizes:
    """Attributes in the order of the sections that use them.

    ``runs`` alternate with the peer's; a ``run_seconds`` is how long one of something short lasts.
    """

    runs: int = 5
    run_seconds: float = 0.25
    vocabulary: int = DOCUMENT_VOCABULARY
    hidden: int = DOCUMENT_HIDDEN
    batch: int = 250
    texts: int = 5000  # that ours writes
    peer_steps: int = 12  # of the peer's loop that are timed in a run
    generation_modes: tuple[str, ...] = ("t=1", "topk=50", "nucleus=0.95")
    judged: int = 500
    seminar_texts: int = 5000
    growth_texts: tuple[int, ...] = (500, 5000, 50_000)
    growth_vocabularies: tuple[int, ...] = (8_000, 30_000, 250_000)
    growth_batches: tuple[int, ...] = (50, 250, 1000)
    growth_runs: int = 2


FULL = Sizes()
QUICK = Sizes(
    runs=2, run_seconds=0.03, batch=50, texts=250, peer_steps=3, generation_modes=("t=1",), judged=60, seminar_texts=20,
    growth_texts=(50, 500), growth_vocabularies=(8_000, 30_000), growth_batches=(25, 250), growth_runs=1,
)  # fmt: skip
TINY = Sizes(
    runs=2, run_seconds=0.001, vocabulary=600, hidden=16, batch=4, texts=6, peer_steps=2, generation_modes=("topk=50",),
    judged=4, seminar_texts=3, growth_texts=(3, 6), growth_vocabularies=(100, 600), growth_batches=(2, 4),
    growth_runs=1,
)  # fmt: skip
