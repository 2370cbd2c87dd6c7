"""Batches of texts of like length, so that little is padded."""

from __future__ import annotations

import random
from collections.abc import Iterator


class LengthBatches:
    """A batch sampler for DataLoader: texts of like length together, the batches in a new order each epoch."""

    def __init__(self, lengths: list[int], seed: int, batch_size: int = 32):
        self.lengths, self.batch_size, self.random = lengths, batch_size, random.Random(seed)
        self.share_given = 1.0  # of the batches of the epoch that runs, or ran last

    def __len__(self) -> int:
        return -(-len(self.lengths) // self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        noisy = sorted(range(len(self.lengths)), key=lambda i: self.lengths[i] * self.random.uniform(0.9, 1.1))
        batches = [noisy[i : i + self.batch_size] for i in range(0, len(noisy), self.batch_size)]
        self.random.shuffle(batches)
        for number, batch in enumerate(batches, start=1):
            self.share_given = number / len(batches)
            yield batch


def training_record(history: list[dict[str, float]], batches: LengthBatches) -> dict[str, float]:
    """How a training by ``course_lib.train.train`` went: its minutes and epochs, the last one perhaps not whole."""
    return {"minutes": history[-1]["minutes"], "epochs": len(history) - 1 + batches.share_given}
