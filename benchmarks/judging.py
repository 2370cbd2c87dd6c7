"""The judge and the perplexity against one text at a time: the same values, sooner."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch.nn import functional as F
from transformers import AutoModelForCausalLM

from benchmarks.measure import Row, alternate, at_least, at_most
from benchmarks.peers import TorchLSTM
from benchmarks.sizes import Sizes
from course_lib.assets import asset_path
from course_lib.data import load_texts, load_tokenizer, split_texts
from course_lib.judge import GPTLoss
from course_lib.metrics import perplexity
from course_lib.model import load_weights


def rows(sizes: Sizes) -> Iterator[Row]:
    """Times, and how far the values are apart."""
    texts = split_texts(load_texts())[1][: sizes.judged]
    judge, model, tokenizer = GPTLoss("cpu"), load_weights(), load_tokenizer()
    plain = AutoModelForCausalLM.from_pretrained(asset_path("judge"), dtype=torch.float32).eval()
    pairs = {
        "judge": (lambda: judge.compute(texts), lambda: one_at_a_time(plain, judge.tokenizer, texts)),
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
def one_at_a_time(model, tokenizer, texts: list[str]) -> float:
    """The judge's mean loss, each text on its own, by the model's own loss, as transformers loads it."""
    losses = []
    for text in texts:
        ids = tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
        losses.append(float(model(input_ids=ids, labels=ids).loss))
    return sum(losses) / len(losses)


@torch.no_grad()
def plain_perplexity(model, texts: list[str], tokenizer) -> float:
    """Each text on its own, by torch.nn.LSTM between the same layers."""
    plain, loss, tokens = TorchLSTM(model).eval(), 0.0, 0
    for text in texts:
        ids = tokenizer(text, return_tensors="pt")["input_ids"]
        logits, _ = plain(ids[:, :-1])
        loss += float(F.cross_entropy(logits[0], ids[0, 1:], reduction="sum"))
        tokens += ids.shape[1] - 1
    return math.exp(loss / tokens)
