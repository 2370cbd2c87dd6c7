"""Texts from a language model and a sampler: token by token, the recurrent state carried over."""

from __future__ import annotations

import math
import numbers

import torch
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from course_lib.progress import tqdm

EXPECTED_LENGTH = 32  # tokens of a text, roughly
MAX_LENGTH = 256  # tokens a text may have before it is cut, as in the source document
# On a CPU, more than 32 MB of logits are new memory in every step (glibc gives such blocks back), and a row of a larger
# batch costs half as much again; with fewer than 250 rows the weights are read too often.
LARGEST_STEP = 7_500_000  # logits
ENOUGH_ROWS = 250


@torch.no_grad()
def generate_ids(
    model: nn.Module,
    sampler,
    start_id: int,
    end_id: int,
    n_samples: int,
    max_length: int = MAX_LENGTH,
    batch_size: int | None = None,
    progress: bool = False,
) -> tuple[Tensor, float]:
    """Token ids of ``n_samples`` texts: ids int64[n_samples, 1 + longest], and the mean entropy of a token (nats).

    A row begins with ``start_id``; after its first ``end_id`` it holds only that. At most ``batch_size`` texts are
    written side by side, on a CPU no more than its memory is quick with; as one ends, the next takes its place, so that
    no row is stepped in vain. Every text that was begun is finished, and a row is computed from its own tokens alone: a
    text doesn't depend on its neighbours.

    A sampler with a ``repetition_penalty`` other than 1 is also given the tokens of each row so far, ``start_id``
    included: int64[rows, time], -1 where a row has none yet. Any other is asked for ``sample(logits)``.

    Raises ValueError where ``n_samples``, ``max_length`` or ``batch_size`` (None: all) is no whole number of at least
    1, and what the sampler raises, such as for logits with NaN.
    """
    batch_size = n_samples if batch_size is None else batch_size
    for name, value in [("n_samples", n_samples), ("max_length", max_length), ("batch_size", batch_size)]:
        if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}")
    n_samples, max_length, batch_size = int(n_samples), int(max_length), int(batch_size)
    model.eval()
    device = next(model.parameters()).device
    begun = min(n_samples, batch_size, _most_rows(model, device))
    ids = torch.full((n_samples, 1 + max_length), end_id, device=device)
    ids[:, 0] = start_id
    text = torch.arange(begun, device=device)  # which text each row of the batch is writing
    length = torch.zeros_like(text)
    tokens = torch.full_like(text, start_id)
    step = model.stepper(n_samples * EXPECTED_LENGTH) if hasattr(model, "stepper") else _step_of(model)
    penalises = getattr(sampler, "repetition_penalty", 1.0) != 1.0
    h = torch.zeros(begun, model.hidden_size, device=device)
    c = torch.zeros_like(h)
    entropy_sum, steps = 0.0, 0
    with tqdm(total=n_samples, desc="сочинено", unit=" текстов", disable=not progress, leave=False) as bar:
        while len(text):
            logits = step(tokens, h, c)
            previous = [_so_far(ids, text, length)] if penalises else []
            tokens, entropy = sampler.sample(logits, *previous)
            length += 1
            ids[text, length] = tokens
            entropy_sum, steps = entropy_sum + _checked_sum(entropy, sampler), steps + len(text)
            ended = ((tokens == end_id) | (length == max_length)).nonzero().squeeze(1)
            if not len(ended):
                continue
            bar.update(len(ended))
            renewed, idle = ended.split([n := min(len(ended), n_samples - begun), len(ended) - n])
            text[renewed] = torch.arange(begun, begun + n, device=device)
            begun += n
            tokens[renewed], length[renewed], h[renewed], c[renewed] = start_id, 0, 0.0, 0.0
            if len(idle):
                stay = torch.ones(len(text), dtype=torch.bool, device=device)
                stay[idle] = False
                text, length, tokens, h, c = text[stay], length[stay], tokens[stay], h[stay], c[stay]
    used = int((ids != end_id).sum(dim=1).max()) + 1
    return ids[:, : min(used, 1 + max_length)], entropy_sum / steps


def _most_rows(model: nn.Module, device: torch.device) -> float:
    """How many rows a step may have before one more costs more than the others; infinite where nothing is known."""
    if device.type != "cpu" or not hasattr(model, "vocab_size"):
        return math.inf
    return max(ENOUGH_ROWS, LARGEST_STEP // model.vocab_size)


def _step_of(model: nn.Module):
    """The step of a model that only has ``forward``, such as a student's: h[B, H] and c[B, H] change in place."""

    def step(tokens: Tensor, h: Tensor, c: Tensor) -> Tensor:
        logits, (new_h, new_c) = model(tokens.unsqueeze(1), init_states=(h, c))
        h.copy_(new_h)
        c.copy_(new_c)
        return logits[:, -1]

    return step


def _checked_sum(entropy: Tensor, sampler) -> float:
    """The sum over the rows; ValueError where the sampler says that its NaN stands for logits that are none."""
    total = float(entropy.double().sum())
    if math.isnan(total) and hasattr(sampler, "check"):
        sampler.check(entropy)
    return total


def _so_far(ids: Tensor, text: Tensor, length: Tensor) -> Tensor:
    """The tokens that each row holds, of unequal number: int64[rows, longest], filled up with -1."""
    longest = 1 + int(length.max())
    missing = torch.arange(longest, device=ids.device) > length.unsqueeze(1)
    return ids[text, :longest].masked_fill_(missing, -1)


def generate(
    model: nn.Module, sampler, tokenizer: PreTrainedTokenizerBase, n_samples: int = 1, max_length: int = MAX_LENGTH
) -> tuple[list[str], float]:
    """``n_samples`` texts with their special tokens still in, and the mean entropy of a token (nats).

    Raises ValueError as ``generate_ids`` does: for a size that is no whole number of at least 1, or by the sampler.
    """
    ids, entropy = generate_ids(
        model, sampler, tokenizer.cls_token_id, tokenizer.sep_token_id, n_samples, max_length=max_length
    )
    return tokenizer.batch_decode(ids), entropy


def generate_n_texts(
    model: nn.Module,
    sampler,
    tokenizer: PreTrainedTokenizerBase,
    n_texts: int = 1000,
    batch_size: int = 250,
    max_length: int = MAX_LENGTH,
) -> tuple[list[str], float]:
    """``n_texts`` clean texts, and the mean entropy (nats) of a token. Shows its progress in texts.

    Raises ValueError as ``generate_ids`` does, which calls ``n_texts`` n_samples: for a size that is no whole number of
    at least 1, or by the sampler.
    """
    ids, entropy = generate_ids(
        model,
        sampler,
        tokenizer.cls_token_id,
        tokenizer.sep_token_id,
        n_texts,
        max_length=max_length,
        batch_size=batch_size,
        progress=True,
    )
    return clear_text(tokenizer.batch_decode(ids), tokenizer), entropy


def clear_text(texts: list[str], tokenizer: PreTrainedTokenizerBase | None = None) -> list[str]:
    """Each text up to its end token, without special tokens: those of BERT's kind, or of ``tokenizer``."""
    end = tokenizer.sep_token if tokenizer else "[SEP]"
    special = tokenizer.all_special_tokens if tokenizer else ["[CLS]", "[SEP]", "[PAD]", "[MASK]", "[UNK]"]
    cleared = []
    for text in texts:
        text = text.split(end, 1)[0]
        for token in special:
            text = text.replace(token, "")
        cleared.append(" ".join(text.split()))
    return cleared
