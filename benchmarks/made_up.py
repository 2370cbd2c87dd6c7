"""A model, a tokenizer and logits of the source document's sizes: its own were never published."""

from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from course_lib.data import load_texts, load_tokenizer, split_texts
from course_lib.model import LSTM, load_weights
from course_lib.train import encode_batch

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
MEAN_LENGTH = 35  # tokens of a text
ZIPF = 1.2  # how fast words get rarer
CONTEXT = 6.0  # how much the context matters: the entropy of a token is then about the document's 3.6 nats


def make_tokenizer(vocabulary: int) -> PreTrainedTokenizerFast:
    """A WordPiece tokenizer of so many words of three syllables."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    syllables = [a + b for a, b in itertools.product("бвгдзклмнпрст", "аеиоу")]
    words = ("".join(parts) for parts in itertools.product(syllables, repeat=3))
    names = [*SPECIAL, *itertools.islice(words, vocabulary - len(SPECIAL))]
    tokenizer = Tokenizer(models.WordPiece({name: i for i, name in enumerate(names)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]",
    )  # fmt: skip


@torch.no_grad()
def make_model(vocabulary: int, hidden: int, end_id: int = SPECIAL.index("[SEP]")) -> LSTM:
    """Random weights, words as frequent as Zipf says, and an end as likely at every token as makes texts of 35."""
    torch.manual_seed(0)
    model = LSTM(vocabulary, hidden, hidden).eval()
    model.output.weight.mul_(CONTEXT)
    model.output.bias.copy_(-ZIPF * torch.randperm(vocabulary).add(1).log())
    model.output.weight[end_id] = 0.0
    model.output.bias[end_id] = -math.inf
    state, tokens, mass = None, torch.zeros(64, dtype=torch.long), []
    for _ in range(20):
        logits, state = model(tokens.unsqueeze(1), state)
        tokens = torch.multinomial(logits[:, 0].softmax(dim=1), 1).squeeze(1)
        mass.append(logits.logsumexp(dim=2).mean())
    model.output.bias[end_id] = torch.stack(mass).mean() - math.log(MEAN_LENGTH - 1)
    return model


@torch.no_grad()
def real_logits(batch: int) -> Tensor:
    """What the bundled model predicts at places of held-out texts: logits[batch, its vocabulary]."""
    model, tokenizer = load_weights(), load_tokenizer()
    inputs, _ = encode_batch(split_texts(load_texts())[1][:batch], tokenizer, torch.device("cpu"), 24)
    hidden, _ = model.hidden(inputs)  # (B, T, H)
    places = torch.arange(len(inputs)) % 12  # every text has as many tokens
    return model.logits(hidden[torch.arange(len(inputs)), places])


def logits_of(kind: str, batch: int, vocabulary: int) -> Tensor:
    """logits[batch, vocabulary] that are all equal ("flat"), of noise, peaked, or as a real model's fall."""
    generator = torch.Generator().manual_seed(0)
    if kind == "flat":
        return torch.zeros(batch, vocabulary)
    if kind == "noise":
        return torch.randn(batch, vocabulary, generator=generator)
    if kind == "peaked":
        logits = torch.randn(batch, vocabulary, generator=generator)
        return logits.scatter_(1, torch.randint(vocabulary, (batch, 1), generator=generator), 20.0)
    real = real_logits(batch)
    return real if real.shape[1] == vocabulary else stretched(real, vocabulary, generator)


def stretched(logits: Tensor, vocabulary: int, generator: torch.Generator) -> Tensor:
    """The same fall from rank to rank over another number of tokens, in an order by chance: [B, V] -> [B, vocabulary].

    A rank is looked up at the same share of the logarithm of the vocabulary.
    """
    falling = logits.sort(dim=1, descending=True).values
    old = logits.shape[1]
    place = torch.arange(1, vocabulary + 1, dtype=torch.float64).log().div_(math.log(vocabulary)).mul_(math.log(old))
    place = place.exp().sub_(1).clamp_(0, old - 1)
    low = place.long().clamp(max=old - 2)
    share = (place - low).float()
    values = falling[:, low] * (1 - share) + falling[:, low + 1] * share
    return torch.stack([row[torch.randperm(vocabulary, generator=generator)] for row in values])
