"""The judge and the perplexity against one text at a time: the same values, sooner."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch.nn import functional as F

from benchmarks.measure import Row, alternate, at_least, at_most
from benchmarks.sizes import Sizes
from course_lib.data import load_texts, load_tokenizer, split_texts
from course_lib.judge import GPTLoss
from course_lib.metrics import perplexity
from course_lib.model import load_weights


def rows(sizes: Sizes) -> Iterator[Row]:
    """Times, and how far the values are apart."""
    texts = split_texts(load_texts())[1][: sizes.judged]
    judge, model, tokenizer = GPTLoss("cpu"), load_weights(), load_tokenizer()
    pairs = {
        "judge": (lambda: judge.compute(texts), lambda: one_at_a_time(judge, texts)),
        "perplexity": (lambda: perplexity(model, texts, tokenizer), lambda: plain_perplexity(model, texts, tokenizer)),
    }
    for name, (ours, peer) in pairs.items():
        setting = f"{len(texts)} held-out texts"
        times = alternate(ours, peer, sizes.runs)
        yield Row("judging", f"{name}, beside one text at a time", setting, *times, target=at_least(3.0))
        apart = abs(ours() - peer())
        unit = "nats" if name == "judge" else "of perplexity"
        yield Row("judging", f"{name}: difference of the values", setting, [apart], [], unit, "value", at_most(1e-4))


@torch.no_grad()
def one_at_a_time(judge: GPTLoss, texts: list[str]) -> float:
    """The judge's mean loss, each text on its own, by the model's own loss."""
    losses = []
    for text in texts:
        ids = judge.tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
        losses.append(float(judge.model(input_ids=ids, labels=ids).loss))
    return sum(losses) / len(losses)


@torch.no_grad()
def plain_perplexity(model, texts: list[str], tokenizer) -> float:
    loss, tokens = 0.0, 0
    for text in texts:
        ids = tokenizer(text, return_tensors="pt")["input_ids"]
        logits, _ = model(ids[:, :-1])
        loss += float(F.cross_entropy(logits[0], ids[0, 1:], reduction="sum"))
        tokens += ids.shape[1] - 1
    return math.exp(loss / tokens)
