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
from rebuild.batches import LengthBatches, training_record
from rebuild.induction import wire_induction

POSITIONS = 320
WIDTH = 256
REPEATED_SHARE = 0.2  # of the documents; a large model knows what a repetition is, a small one has to be shown


class _Trainable(nn.Module):
    """GPT-2 behind the interface that ``course_lib.train`` expects of a language model.

    It multiplies in bfloat16 where the processor has instructions for that, which takes a third off the time.
    """

    def __init__(self, gpt: GPT2LMHeadModel):
        super().__init__()
        self.gpt = gpt
        self.bfloat16 = bool(torch.cpu.get_capabilities().get("avx512_bf16"))

    def forward(self, input_ids: Tensor) -> tuple[Tensor, None]:
        """input_ids[B, T] -> (logits[B, T, V], no state)."""
        hidden, state = self.hidden(input_ids)
        return self.logits(hidden), state

    def hidden(self, input_ids: Tensor) -> tuple[Tensor, None]:
        """What ``forward`` makes its logits of: (hidden[B, T, H], no state)."""
        with self._autocast():
            return self.gpt.transformer(input_ids=input_ids, use_cache=False).last_hidden_state, None

    def logits(self, hidden: Tensor) -> Tensor:
        """The output layer: hidden[..., H] -> logits[..., V]."""
        with self._autocast():
            return self.gpt.lm_head(hidden).float()

    def _autocast(self) -> torch.autocast:
        return torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bfloat16)


class _WithRepetitions(Dataset):
    """The texts, then documents that repeat one phrase: a fresh phrase each time one is asked for."""

    def __init__(self, texts: list[str], seed: int):
        self.texts, self.random = texts, random.Random(seed)
        self.words = sorted({word for text in texts for word in text.split()})
        count = int(REPEATED_SHARE / (1 - REPEATED_SHARE) * len(texts))
        self.sizes = [self.random.choice([16, 24, 32, 40, 160]) for _ in range(count)]  # words

    def __len__(self) -> int:
        return len(self.texts) + len(self.sizes)

    def __getitem__(self, index: int) -> str:
        if index < len(self.texts):
            return self.texts[index]
        size = self.sizes[index - len(self.texts)]
        phrase = self._phrase(self.random.randint(1, 9))
        return " ".join([phrase] * max(2, size // len(phrase.split())))

    def _phrase(self, words: int) -> str:
        """A piece of a text, or words that don't belong together, so that only copying can tell what comes."""
        if self.random.random() < 0.5:
            return " ".join(self.random.choices(self.words, k=words))
        text = self.random.choice(self.texts).split()
        start = self.random.randrange(max(1, len(text) - words + 1))
        return " ".join(text[start : start + words])

    def lengths(self) -> list[int]:
        """About how long each document is, in characters."""
        return [len(text) for text in self.texts] + [6 * size for size in self.sizes]


def new_judge(vocab_size: int) -> GPT2LMHeadModel:
    """An untrained GPT-2 that can copy what came before; see ``rebuild.induction``."""
    config = GPT2Config(
        vocab_size=vocab_size, n_positions=POSITIONS, n_embd=WIDTH, n_layer=4, n_head=4,
        initializer_range=WIDTH**-0.5, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
        bos_token_id=None, eos_token_id=None,
    )  # fmt: skip
    return wire_induction(GPT2LMHeadModel(config))


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
) -> dict[str, float]:
    """Train a GPT-2 of about 5 million parameters, save it with its tokenizer, return how the training went."""
    torch.manual_seed(seed)
    model = _Trainable(new_judge(len(tokenizer)))
    plain = without_marks(tokenizer)
    documents = _WithRepetitions(texts, seed)
    batches = LengthBatches(documents.lengths(), seed)
    history = train(
        model,
        DataLoader(documents, batch_sampler=batches),
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
    return training_record(history, batches)
