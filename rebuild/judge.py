"""The bundled judge: a small GPT-2 that has read the training texts, and phrases repeated many times over."""

from __future__ import annotations

import copy
import random
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from course_lib.train import train
from rebuild.batches import LengthBatches

POSITIONS = 320
REPEATED_SHARE = 0.05  # of the documents; a large model knows what a repetition is, a small one has to be shown


class _LogitsOnly(nn.Module):
    """GPT-2 behind the interface that ``course_lib.train`` expects of a language model."""

    def __init__(self, gpt: GPT2LMHeadModel):
        super().__init__()
        self.gpt = gpt

    def forward(self, input_ids: Tensor) -> tuple[Tensor, None]:
        """input_ids[B, T] -> (logits[B, T, V], no state)."""
        return self.gpt(input_ids=input_ids, use_cache=False).logits, None


class _WithRepetitions(Dataset):
    """The texts, then documents that repeat one phrase: a fresh phrase each time one is asked for."""

    def __init__(self, texts: list[str], seed: int):
        self.texts, self.random = texts, random.Random(seed)
        self.words = sorted({word for text in texts for word in text.split()})
        self.sizes = [self.random.randint(40, 200) for _ in range(int(REPEATED_SHARE * len(texts)))]

    def __len__(self) -> int:
        return len(self.texts) + len(self.sizes)

    def __getitem__(self, index: int) -> str:
        if index < len(self.texts):
            return self.texts[index]
        words = self.random.choice(self.texts).split()
        if self.random.random() < 0.5:  # words that don't belong together, so that copying is the only way to know them
            words = self.random.choices(self.words, k=12)
        size = self.random.randint(2, 9)
        start = self.random.randrange(max(1, len(words) - size))
        phrase = " ".join(words[start : start + size])
        return " ".join([phrase] * max(2, self.sizes[index - len(self.texts)] // size))

    def lengths(self) -> list[int]:
        """About how long each document is, in characters."""
        return [len(text) for text in self.texts] + [6 * size for size in self.sizes]


def without_marks(tokenizer: PreTrainedTokenizerFast) -> PreTrainedTokenizerFast:
    """A copy of the tokenizer that adds no [CLS] and [SEP]: the judge reads bare text."""
    plain = copy.deepcopy(tokenizer)
    plain.backend_tokenizer.post_processor = None
    return plain


def train_judge(
    texts: list[str],
    held_out: list[str],
    tokenizer: PreTrainedTokenizerFast,
    folder: Path,
    *,
    num_epochs: int,
    max_minutes: float | None,
    checkpoint: Path,
    seed: int,
) -> list[dict[str, float]]:
    """Train a GPT-2 of about 5 million parameters and save it with its tokenizer; returns the training's history."""
    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=POSITIONS, n_embd=256, n_layer=4, n_head=4,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=None, eos_token_id=None,
    )  # fmt: skip
    model = _LogitsOnly(GPT2LMHeadModel(config))
    plain = without_marks(tokenizer)
    documents = _WithRepetitions(texts, seed)
    history = train(
        model,
        DataLoader(documents, batch_sampler=LengthBatches(documents.lengths(), seed)),
        plain,
        DataLoader(held_out, batch_sampler=LengthBatches([len(t) for t in held_out], seed)),
        num_epochs=num_epochs,
        lr=1.5e-3,
        max_minutes=max_minutes,
        max_length=POSITIONS,
        checkpoint=checkpoint,
    )
    model.gpt.half().save_pretrained(folder)
    plain.save_pretrained(folder)
    return history
