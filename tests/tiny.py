"""Small real models for tests: a tokenizer, an LSTM and a GPT-2 that take milliseconds."""

from __future__ import annotations

from pathlib import Path

import torch

from course_lib.model import LSTM
from rebuild.tokenizer import train_tokenizer

TEXTS = [
    "— Где мой чайник? — Ушёл кипеть без тебя.",
    "Кот прочитал объявление «Требуется мышь» и задумался о карьере.",
    "Библиотекарь говорит шёпотом даже во сне, а книги его слышат.",
    "— Доктор, у меня часы спешат! — Пусть подождут в коридоре.",
    "Объявление: меняю понедельник на две субботы, доплата вареньем.",
    "Снеговик купил холодильник и назвал его домом отдыха.",
    "Черепаха опоздала на собрание, потому что вышла заранее.",
    "— Почему зонт мокрый? — Он плакал, что его забыли.",
]


def make_tokenizer(folder: Path, texts: list[str] = TEXTS):
    """A WordPiece tokenizer of the texts, saved and loaded again."""
    from course_lib.data import load_tokenizer

    train_tokenizer(texts, folder, vocab_size=300)
    return load_tokenizer(folder)


def make_lstm(vocab_size: int, seed: int = 0) -> LSTM:
    """An untrained LSTM with sharp enough logits that samplers differ."""
    torch.manual_seed(seed)
    model = LSTM(vocab_size, 12, 16)
    with torch.no_grad():
        model.output.weight.mul_(8)
    return model.eval()


def make_gpt2(folder: Path, tokenizer, positions: int = 64):
    """An untrained GPT-2 of two layers, saved with the tokenizer."""
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=positions, n_embd=16, n_layer=2, n_head=2,
        bos_token_id=None, eos_token_id=None, initializer_range=0.2,
    )  # fmt: skip
    model = GPT2LMHeadModel(config).eval()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return model
