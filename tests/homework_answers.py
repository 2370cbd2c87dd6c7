"""Answers to the homework for the tests: the model ones, other right ones, and nonsense."""

import re
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import torch

from grader.answers import read_answers

SOURCE = Path(__file__).parents[1] / "assignments" / "source" / "hw_sampler" / "hw_sampler.ipynb"
INF = float("inf")
SENTENCE = re.compile(r"^(\w+|\w+\.\w+)\b.*[а-яё].*[.?!]$", re.IGNORECASE | re.DOTALL)


@cache
def _code() -> str:
    answers = read_answers(nbformat.read(SOURCE, as_version=4))
    return "import math\nimport torch\n" + "\n\n".join(source for name, source in answers.items() if name != "analysis")


def model_answers() -> dict:
    """A fresh namespace in which the model answers were executed, like the notebook's."""
    namespace: dict = {"__name__": "notebook"}
    exec(compile(_code(), "model answers", "exec"), namespace)
    return namespace


def sampler_with(**functions) -> type:
    """The model Sampler whose helpers are replaced: sampler_with(draw=...)."""
    namespace = model_answers()
    namespace.update(functions)
    return namespace["Sampler"]


M = model_answers()
temperature_probs, top_k_probs, nucleus_probs = M["temperature_probs"], M["top_k_probs"], M["nucleus_probs"]
entropy, draw = M["entropy"], M["draw"]


def _rows(function):
    """Row by row in Python."""
    return lambda batch, *args: torch.stack([function(row, *args) for row in batch])


def _numpy_softmax(logits):
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def _numpy_temperature(logits, temp):
    return torch.tensor(_numpy_softmax(logits.double().cpu().numpy() / temp)).float().to(logits.device)


def _top_k_by_sort(logits, k):
    probs, ids = logits.float().softmax(1).sort(1, descending=True)
    probs[:, k:] = 0
    kept = torch.empty_like(probs).scatter_(1, ids, probs)
    return kept / kept.sum(1, keepdim=True)


def _top_k_numpy(logits, k):
    logits = logits.double().cpu()
    cut = np.sort(logits.numpy(), axis=1)[:, ::-1][:, min(k, logits.shape[1]) - 1 : min(k, logits.shape[1])]
    return torch.tensor(_numpy_softmax(np.where(logits.numpy() < cut, -INF, logits.numpy()))).float()


def _nucleus_shifted_mask(probs, p):
    falling, ids = probs.sort(1, descending=True)
    outside = falling.cumsum(1) >= p
    outside = torch.cat([torch.zeros_like(outside[:, :1]), outside[:, :-1]], 1) & (p < 1)
    outside = torch.zeros_like(outside).scatter(1, ids, outside)
    kept = probs.masked_fill(outside, 0)
    return kept / kept.sum(1, keepdim=True)


def _nucleus_loop(probs, p):
    result = []
    for row in probs.tolist():
        order, mass, kept = sorted(range(len(row)), key=lambda i: -row[i]), 0.0, [0.0] * len(row)
        for i in order:
            if mass >= p and p < 1:
                break
            kept[i] = row[i]
            mass += row[i]
        result.append([x / mass for x in kept])
    return torch.tensor(result)


def _nucleus_by_threshold(probs, p):
    falling = probs.sort(1, descending=True).values
    size = ((falling.cumsum(1) - falling) < p).sum(1, keepdim=True)
    kept = probs * (probs >= falling.gather(1, size - 1))
    return kept / kept.sum(1, keepdim=True)


def _inverse_cdf(probs):
    cdf = probs.double().cumsum(1)
    u = torch.rand(len(probs), 1, dtype=torch.float64, device=probs.device) * cdf[:, -1:]
    return torch.searchsorted(cdf, u, right=True).squeeze(1).clamp(max=probs.shape[1] - 1)


def _gumbel(probs):
    noise = -torch.log(-torch.log(torch.rand_like(probs, dtype=torch.float64)))
    return (probs.double().log() + noise).argmax(1)


def _exponential_race(probs):
    return (probs / torch.empty_like(probs).exponential_()).argmax(1)


def _numpy_choice(probs):
    rows = probs.double().numpy()
    return torch.tensor([np.random.choice(len(row), p=row / row.sum()) for row in rows])


RIGHT = {
    "temperature_probs": [
        temperature_probs,
        _numpy_temperature,
        _rows(lambda row, temp: torch.softmax(row.float() / temp, 0)),
        lambda logits, temp: (torch.log_softmax(logits.float(), 1) / temp).softmax(1),
        lambda logits, temp: (logits.double() / temp).softmax(1).float(),
        lambda logits, temp: (logits.float().softmax(1).log() / temp).softmax(1),  # softmax(log p / T) is temperature
        lambda logits, temp: torch.distributions.Categorical(logits=logits.float() / temp).probs,
    ],
    "top_k_probs": [top_k_probs, _top_k_by_sort, _top_k_numpy, _rows(lambda row, k: top_k_probs(row[None], k)[0])],
    "nucleus_probs": [
        nucleus_probs,
        _nucleus_shifted_mask,
        _nucleus_loop,
        _nucleus_by_threshold,
        _rows(lambda row, p: nucleus_probs(row[None], p)[0]),
    ],
    "entropy": [
        entropy,
        lambda probs: torch.special.entr(probs).sum(1),
        lambda probs: -(probs * (probs + 1e-12).log()).sum(1),
        lambda probs: -(probs * probs.clamp(min=1e-30).log()).sum(-1),
        lambda probs: torch.distributions.Categorical(probs=probs.double()).entropy().float(),
        lambda probs: torch.tensor([-sum(x * np.log(x) for x in row if x > 0) for row in probs.tolist()]).float(),
    ],
    "draw": [
        draw,
        _inverse_cdf,
        _gumbel,
        _exponential_race,
        _numpy_choice,
        lambda probs: torch.distributions.Categorical(probs=probs).sample(),
        _rows(lambda row: torch.multinomial(row, 1)[0]),
    ],
}


NONSENSE = {
    "None": lambda *_: None,
    "text": lambda *_: "готово",
    "list": lambda *_: [1, 2, 3],
    "number": lambda *_: 3,
    "True": lambda *_: True,
    "empty tensor": lambda *_: torch.empty(0),
    "scalar tensor": lambda *_: torch.tensor(2.5),
    "NaN": lambda x, *_: torch.full_like(x, float("nan")) if isinstance(x, torch.Tensor) else float("nan"),
    "array": lambda *_: np.zeros(3),
    "pair of text": lambda *_: ("a", "b"),
    "pair of None": lambda *_: (None, None),
}
