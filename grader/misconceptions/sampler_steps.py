"""Our own samplers, right and wrong, for the misconceptions of `Sampler`: distributions, outcomes, refusals."""

import math
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
import torch
from torch import Tensor

from grader import reference
from grader.misconceptions.comparing import FormOnly, NotRefused

Rows = np.ndarray  # float64[B, V]
Settings = dict[str, Any]
Distribution = Callable[..., Rows]  # (logits, prob_mode, sample_mode, temp, k, p) -> probabilities
Entropies = Callable[[Rows], np.ndarray]  # of the rows of a distribution
Outcome = Callable[[Settings, Tensor], Any]


def shares(weights: Rows) -> Rows:
    """Weights as probabilities."""
    return weights / weights.sum(axis=1, keepdims=True)


def logs(probs: Rows) -> Rows:
    """ln p, -inf where p is 0."""
    return np.log(probs, out=np.full_like(probs, -np.inf), where=probs > 0)


def softmax(scores: Rows) -> Rows:
    """Of every row."""
    return reference.temperature_probs(scores, 1.0)


def heated(rows: Rows, temp: float) -> Rows:
    """softmax(z / T)."""
    return reference.temperature_probs(rows, temp)


def top_k(rows: Rows, k: int) -> Rows:
    """Like `reference.top_k_probs`, but all rows at once: thousands of them are asked for many mistakes."""
    best = np.argsort(-rows, axis=1, kind="stable")[:, :k]
    kept = np.full_like(rows, -np.inf)
    np.put_along_axis(kept, best, np.take_along_axis(rows, best, axis=1), axis=1)
    return softmax(kept)


def keep_ranks(probs: Rows, keeps: Callable[[Rows, Rows], np.ndarray]) -> Rows:
    """Tokens whose rank keeps(falling, mass before) says, and the first one always; renormalised."""
    order = np.argsort(-probs, axis=1, kind="stable")
    falling = np.take_along_axis(probs, order, axis=1)
    inside = keeps(falling, np.cumsum(falling, axis=1) - falling)
    inside[:, 0] = True
    kept = np.zeros_like(probs)
    np.put_along_axis(kept, order, falling * inside, axis=1)
    return shares(kept)


def nucleus(probs: Rows, p: float) -> Rows:
    """Like `reference.nucleus_probs`, all rows at once."""
    return probs if p == 1 else keep_ranks(probs, lambda falling, before: before < p)


def best(rows: Rows) -> Rows:
    """All probability on the most likely token of each row."""
    return np.eye(rows.shape[1])[rows.argmax(axis=1)]


def right(rows: Rows, prob_mode: str, sample_mode: str, temp: float, k: int | None, p: float | None) -> Rows:
    """Like `reference.distribution`, all rows at once."""
    if sample_mode == "greedy":
        return best(rows)
    probs = top_k(rows / temp, k) if prob_mode == "topk" else heated(rows, temp)
    return nucleus(probs, p) if sample_mode == "nucleus" else probs


OWED: dict[str, Callable[[Settings, Tensor], bool]] = {  # what must be refused, by the kind of trouble
    "temp too low": lambda s, z: s["temp"] <= 0,
    "temp infinite": lambda s, z: s["temp"] == math.inf,
    "temp NaN": lambda s, z: math.isnan(s["temp"]),
    "k missing": lambda s, z: s["prob_mode"] == "topk" and s["k"] is None,
    "k too low": lambda s, z: s["prob_mode"] == "topk" and s["k"] is not None and s["k"] < 1,
    "p missing": lambda s, z: s["sample_mode"] == "nucleus" and s["p"] is None,
    "p NaN": lambda s, z: s["sample_mode"] == "nucleus" and s["p"] is not None and math.isnan(s["p"]),
    "p too low": lambda s, z: s["sample_mode"] == "nucleus" and s["p"] is not None and s["p"] <= 0,
    "p too high": lambda s, z: s["sample_mode"] == "nucleus" and s["p"] is not None and s["p"] > 1,
    "prob_mode": lambda s, z: s["prob_mode"] not in reference.PROB_MODES,
    "sample_mode": lambda s, z: s["sample_mode"] not in reference.SAMPLE_MODES,
    "too few dimensions": lambda s, z: z.dim() < 2,
    "too many dimensions": lambda s, z: z.dim() > 2,
    "NaN": lambda s, z: bool(z.isnan().any()),
    "+inf": lambda s, z: bool((z == math.inf).any()),
    "nothing finite": lambda s, z: z.dim() == 2 and bool((z == -math.inf).all(dim=1).any()),
}
SETTINGS_OWED = frozenset(list(OWED)[:11])
LOGITS_OWED = frozenset(list(OWED)[11:])
ROWS_OWED = frozenset(list(OWED)[13:])


def troubles(settings: Settings, logits: Tensor) -> set[str]:
    """Why this must be refused: keys of `OWED`; none if it is fine."""
    return {name for name, holds in OWED.items() if holds(settings, logits)}


def sampler(
    distribution: Distribution = right,
    entropies: Entropies = reference.entropy,
    *,
    greedy: Distribution | None = None,
    form: Callable[[Any, Tensor, Settings], Any] = lambda tokens, entropies, settings: (tokens, entropies),
    lenient: Collection[str] = (),
    lenient_if_greedy: Collection[str] = (),
    refusal: type[Exception] = ValueError,
) -> Outcome:
    """(settings, logits) -> what a sampler returns: tokens by form only, unless greedy, and exact entropies.

    Args:
        distribution: what the entropies are of.
        entropies: how they are computed.
        greedy: the same for greedy settings; None: `distribution`.
        form: what is returned of (tokens, entropies), given the settings.
        lenient: the kinds of trouble that are let through.
        lenient_if_greedy: the same, in greedy settings.
        refusal: what is raised at the others.
    """

    def outcome(settings: Settings, logits: Tensor) -> Any:
        found, is_greedy = troubles(settings, logits), settings["sample_mode"] == "greedy"
        if found - {*lenient, *(lenient_if_greedy if is_greedy else ())}:
            raise refusal("refused")
        if found:
            return NotRefused()
        rows = logits.double().numpy()
        probs = (greedy if is_greedy and greedy else distribution)(rows, **settings)
        values = torch.from_numpy(np.asarray(entropies(probs))).float()
        best = torch.from_numpy(rows.argmax(axis=1))
        return form(best if is_greedy else FormOnly(best), values, settings)

    return outcome


def changed_tokens(change: Callable[[Tensor], Any]) -> Callable[[Any], Any]:
    """`change` for tokens that may be compared by form only."""
    return lambda tokens: FormOnly(change(tokens.value)) if isinstance(tokens, FormOnly) else change(tokens)


def with_settings(change: Callable[[Settings], Settings]) -> Distribution:
    """The right distribution of other settings: {**settings, **change(settings)}."""
    return lambda rows, **settings: right(rows, **{**settings, **change(settings)})


def unless_greedy(distribution: Distribution) -> Distribution:
    """A distribution for the other modes; greedy is right."""

    def chosen(rows: Rows, **settings: Any) -> Rows:
        return (right if settings["sample_mode"] == "greedy" else distribution)(rows, **settings)

    return chosen


@unless_greedy
def temperature_last(rows: Rows, prob_mode: str, sample_mode: str, temp: float, k: Any, p: Any) -> Rows:
    """Cuts first, heats what is left."""
    return softmax(logs(right(rows, prob_mode, sample_mode, 1.0, k, p)) / temp)


@unless_greedy
def nucleus_first(rows: Rows, prob_mode: str, sample_mode: str, temp: float, k: Any, p: Any) -> Rows:
    """The nucleus of the whole vocabulary, then the k best of it."""
    probs = heated(rows, temp)
    if sample_mode == "nucleus":
        probs = nucleus(probs, p)
    return top_k(logs(probs), k) if prob_mode == "topk" else probs


@unless_greedy
def top_k_of_probs(rows: Rows, prob_mode: str, sample_mode: str, temp: float, k: Any, p: Any) -> Rows:
    """Top-k gets probabilities and takes them for logits."""
    probs = heated(rows, temp)
    if prob_mode == "topk":
        probs = top_k(probs, k)
    return nucleus(probs, p) if sample_mode == "nucleus" else probs


@unless_greedy
def softmax_of_result(rows: Rows, **settings: Any) -> Rows:
    """One more softmax at the end."""
    return softmax(right(rows, **settings))


@unless_greedy
def softmax_of_top_k(rows: Rows, prob_mode: str, sample_mode: str, temp: float, k: Any, p: Any) -> Rows:
    """Temperature takes the probabilities that top-k has left for logits."""
    probs = softmax(top_k(rows, k) / temp) if prob_mode == "topk" else heated(rows, temp)
    return nucleus(probs, p) if sample_mode == "nucleus" else probs


@unless_greedy
def nucleus_of_logits(rows: Rows, prob_mode: str, sample_mode: str, temp: float, k: Any, p: Any) -> Rows:
    """The nucleus gets logits and takes them for probabilities."""
    if sample_mode != "nucleus":
        return right(rows, prob_mode, sample_mode, temp, k, p)
    rows = (rows / temp).astype(np.float32)
    order = np.argsort(-rows, axis=1, kind="stable")
    falling = np.take_along_axis(rows, order, axis=1)
    kept = np.zeros_like(rows)
    np.put_along_axis(kept, order, falling * ((np.cumsum(falling, axis=1) - falling < p) | (p == 1)), axis=1)
    probs = kept / kept.sum(axis=1, keepdims=True)
    if not (probs >= 0).all():
        raise RuntimeError("no probabilities")
    return probs.astype(np.float64)


@unless_greedy
def over_the_batch(rows: Rows, prob_mode: str, sample_mode: str, temp: float, k: Any, p: Any) -> Rows:
    """Softmax over the rows instead of the tokens."""
    if prob_mode == "topk" or sample_mode == "nucleus":
        return right(rows, prob_mode, sample_mode, temp, k, p)
    return reference.temperature_probs(rows.T, temp).T


def nucleus_by(keeps: Callable[[Rows, Rows, float], np.ndarray]) -> Distribution:
    """A nucleus of the ranks for which keeps(falling, mass before, p); the first one always."""

    @unless_greedy
    def distribution(rows: Rows, prob_mode: str, sample_mode: str, temp: float, k: Any, p: Any) -> Rows:
        probs = right(rows, prob_mode, "random", temp, k, p)
        if sample_mode != "nucleus" or p == 1:
            return probs
        return keep_ranks(probs, lambda falling, before: keeps(falling, before, p))

    return distribution


def ranks_of(applies: Callable[[Settings], bool]) -> Distribution:
    """Places in the sorted row come instead of ids, where `applies`."""

    @unless_greedy
    def distribution(rows: Rows, **settings: Any) -> Rows:
        probs = right(rows, **settings)
        return -np.sort(-probs, axis=1) if applies(settings) else probs

    return distribution


@unless_greedy
def uncut(rows: Rows, prob_mode: str, sample_mode: str, temp: float, k: Any, p: Any) -> Rows:
    """Nothing is cut."""
    return heated(rows, temp)


@unless_greedy
def cold_draw(rows: Rows, **settings: Any) -> Rows:
    """Cut after temperature, but drawn from what is kept of softmax(z)."""
    return shares(softmax(rows) * (right(rows, **settings) > 0))


@unless_greedy
def even_draw(rows: Rows, **settings: Any) -> Rows:
    """All kept tokens equally often."""
    return shares((right(rows, **settings) > 0).astype(float))


@unless_greedy
def not_renormalised(rows: Rows, prob_mode: str, sample_mode: str, temp: float, k: Any, p: Any) -> Rows:
    """What is kept holds its share of the whole."""
    return heated(rows, temp) * (right(rows, prob_mode, sample_mode, temp, k, p) > 0)
