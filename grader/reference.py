"""The oracle: what every homework function must return, in float64 NumPy.

The third independent form of the sampler, after the textbook answer in the homework and the fast form in
``course_lib.sampler``; the three must agree. Nothing here is fast or clever on purpose.
Shapes: B rows (independent of one another), V tokens. Entropies are in nats.

Sources: temperature and top-k as in Fan et al., 2018 (arXiv:1805.04833); nucleus as in Holtzman et al., 2020
(arXiv:1904.09751), where the token that crosses p is kept.
"""

import numpy as np

PROB_MODES = ("temperature", "topk")
SAMPLE_MODES = ("greedy", "random", "nucleus")


def temperature_probs(logits: np.ndarray, temp: float) -> np.ndarray:
    """softmax(logits / temp) of every row: [B, V] -> [B, V]. A logit of -inf gets probability 0."""
    scaled = np.asarray(logits, dtype=np.float64) / temp
    weights = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def top_k_probs(logits: np.ndarray, k: int) -> np.ndarray:
    """Softmax over the k largest logits of every row, 0 elsewhere: [B, V] -> [B, V]. k > V means V."""
    logits = np.asarray(logits, dtype=np.float64)
    kept = np.full_like(logits, -np.inf)
    for row, out in zip(logits, kept, strict=True):
        best = np.argsort(-row, kind="stable")[:k]
        out[best] = row[best]
    return temperature_probs(kept, 1.0)


def nucleus_probs(probs: np.ndarray, p: float) -> np.ndarray:
    """Tokens in falling order while the mass strictly before them is < p, renormalised: [B, V] -> [B, V]."""
    probs = np.asarray(probs, dtype=np.float64)
    kept = np.zeros_like(probs)
    for row, out in zip(probs, kept, strict=True):
        mass = 0.0
        for token in np.argsort(-row, kind="stable"):
            if p < 1 and mass >= p:  # p = 1 keeps all, whatever the rounding of the sum says
                break
            out[token] = row[token]
            mass += row[token]
    return kept / kept.sum(axis=1, keepdims=True)


def entropy(probs: np.ndarray) -> np.ndarray:
    """Entropy of every row in nats, 0 log 0 = 0: [B, V] -> [B]."""
    probs = np.asarray(probs, dtype=np.float64)
    logs = np.log(probs, where=probs > 0, out=np.zeros_like(probs))
    return -(probs * logs).sum(axis=1)


def distribution(
    logits: np.ndarray,
    prob_mode: str,
    sample_mode: str,
    temp: float = 1.0,
    k: int | None = None,
    p: float | None = None,
) -> np.ndarray:
    """The distribution that ``Sampler.sample`` draws from: [B, V] -> [B, V].

    Temperature divides the logits before any truncation; greedy is a one-hot row (so its entropy is 0).
    Raises ValueError for an unknown mode.
    """
    if prob_mode not in PROB_MODES:
        raise ValueError(f"prob_mode={prob_mode!r} is unknown; use one of {PROB_MODES}.")
    if sample_mode not in SAMPLE_MODES:
        raise ValueError(f"sample_mode={sample_mode!r} is unknown; use one of {SAMPLE_MODES}.")
    logits = np.asarray(logits, dtype=np.float64)
    if sample_mode == "greedy":
        return np.eye(logits.shape[1])[logits.argmax(axis=1)]
    scaled = logits / temp
    probs = top_k_probs(scaled, k) if prob_mode == "topk" else temperature_probs(scaled, 1.0)
    return nucleus_probs(probs, p) if sample_mode == "nucleus" else probs


def boundary_distance(probs: np.ndarray, p: float) -> float:
    """How near any row comes to a tie on the nucleus boundary: the least |mass of the j best tokens - p|.

    Graded probes keep this at 1e-3 or more, so that rounding in float32 decides nothing. For p = 1 it is the
    smallest probability above zero, because that is what float32 could lose.
    """
    probs = np.asarray(probs, dtype=np.float64)
    if p >= 1:
        return float(probs[probs > 0].min())
    masses = np.cumsum(-np.sort(-probs, axis=1), axis=1)
    return float(np.abs(masses - p).min())
