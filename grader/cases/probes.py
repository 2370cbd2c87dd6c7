"""Random inputs that leave no room for argument: rows differ, nothing is sorted, no tie within 1e-3 of a boundary."""

import numpy as np
import torch
from torch import Tensor

from grader import reference

MARGIN = 2e-3
"""How far a nucleus boundary is kept from p; twice what the task promises (`wide_nucleus` keeps almost that)."""


def to_tensor(values: np.ndarray | list, dtype: torch.dtype = torch.float32) -> Tensor:
    """A probe, on the CPU."""
    return torch.as_tensor(np.asarray(values), dtype=dtype)


def shifted(rng: np.random.Generator, logits: list[list[float]]) -> Tensor:
    """Hand-written logits, each row moved by a random constant, which no softmax sees: the same shape."""
    return to_tensor(np.asarray(logits) + rng.uniform(-2, 2, (len(logits), 1)))


def exact(tensor: Tensor) -> np.ndarray:
    """What a tensor of any precision holds, in float64."""
    return tensor.double().cpu().numpy()


def random_logits(rng: np.random.Generator, rows: int, vocab: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Normal logits, each row with a level of its own (so that a cut over the whole batch shows): [rows, vocab]."""
    level = rng.permutation(rows)[:, None] * 3.0
    return to_tensor(rng.normal(0, 2, (rows, vocab)) + level, dtype)


def separated_logits(
    rng: np.random.Generator, rows: int, vocab: int, k: int, dtype: torch.dtype = torch.float32
) -> Tensor:
    """Random logits whose k-th and (k+1)-th are at least 0.25 apart in every row: [rows, vocab]."""
    logits = exact(random_logits(rng, rows, vocab))
    best = np.argsort(-logits, axis=1)[:, :k]
    np.put_along_axis(logits, best, np.take_along_axis(logits, best, axis=1) + 0.3, axis=1)
    return to_tensor(logits, dtype)


def nucleus_rows(rng: np.random.Generator, rows: int, vocab: int, p: float) -> Tensor:
    """Probabilities, a peaked head and a light tail, mixed; no tie near the boundary of p: [rows, vocab]."""
    found: list[np.ndarray] = []
    head = min(vocab, 8)
    while len(found) < rows:
        weights = np.full(vocab, 0.004 / vocab)
        weights[:head] = rng.dirichlet(np.full(head, 0.8)) + 0.01
        row = rng.permutation(weights / weights.sum()).astype(np.float32)
        apart = reference.boundary_distance(row[None], p) >= MARGIN or p >= 1
        if apart and len(np.unique(np.sort(row)[-head:])) == head:
            found.append(row)
    return to_tensor(found)


def wide_nucleus(rng: np.random.Generator, vocab: int) -> tuple[Tensor, float]:
    """Probabilities [3, vocab] and a p for which hundreds of tokens are in the nuclei of two rows.

    One row is nearly flat there, at a number that bfloat16 rounds down, so that what is lost of the mass adds up to
    more than the margin; one falls slowly; one is peaked. The token that crosses p has it in its middle, 1.9e-3 from
    either end: none of so many weighs more.
    """
    flat = np.full(int(rng.integers(220, 241)), 2**-8 * (1 + 2**-8 * rng.uniform(0.85, 0.95)))
    p = float(flat[1:].sum() + flat[0] / 2)
    falling = np.sort(rng.uniform(1, 1.3, int(rng.integers(140, 181))))[::-1]
    falling *= p / (falling.sum() - falling[-1] / 2)
    rows = [exact(nucleus_rows(rng, 1, vocab, p))[0]]
    for head in (flat * rng.uniform(1 - 1e-5, 1, len(flat)), falling):
        rest = vocab - len(head)
        rows.append(rng.permutation(np.concatenate([head, np.full(rest, (1 - head.sum()) / rest)])))
    return to_tensor(rng.permutation(np.array(rows, dtype=np.float32))), p


def nucleus_logits(rng: np.random.Generator, rows: int, vocab: int, settings: dict, dtype: torch.dtype) -> Tensor:
    """Logits for which `Sampler(**settings)` meets no tie: the boundary of p holds after temperature and top-k."""
    before = {**settings, "sample_mode": "random"}
    found: list[np.ndarray] = []
    while len(found) < rows:
        probs = exact(nucleus_rows(rng, 1, vocab, 0.5))
        logits = to_tensor(settings["temp"] * np.log(probs) + rng.normal(), dtype)
        if reference.boundary_distance(reference.distribution(exact(logits), **before), settings["p"]) >= MARGIN:
            found.append(exact(logits)[0])
    return to_tensor(found, dtype)
