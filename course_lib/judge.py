"""The judge: how surprised a large language model is by each text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.assets import asset_path
from course_lib.data import folder_or_id
from course_lib.linear import quicken
from course_lib.metrics import list_of_texts
from course_lib.progress import tqdm

BATCH_TOKENS = 512  # a batch holds about so many tokens, padding included: their logits stay near the processor
BATCH_TOKENS_ON_GPU = 8192
LONGEST = 1024  # tokens of a text that are read by a model that names no limit of its own


class GPTLoss:
    """The loss of a causal language model on texts it did not write: lower is more likely, or more repetitive.

    ``model_name`` is None (the bundled GPT-2), a folder, or a hub id such as ``ai-forever/rugpt3large_based_on_gpt2``.
    Raises ValueError, naming the model, if it can't be loaded.
    """

    def __init__(self, device: torch.device | str, model_name: str | None = None):
        from transformers import AutoModelForCausalLM, AutoTokenizer

        source = str(asset_path("judge")) if model_name is None else folder_or_id(model_name)
        try:
            with _without_bar() if Path(source).is_dir() else nullcontext():
                model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32)
            self.tokenizer = AutoTokenizer.from_pretrained(source)
        except Exception as error:  # a damaged file raises whatever its reader stumbles over
            raise ValueError(
                f"no judge could be loaded from {source!r}: give a folder that holds a causal language model and its "
                f"tokenizer, a Hugging Face model id (this needs the network), or None for the bundled one "
                f"({type(error).__name__}: {error})"
            ) from error
        self.model, self.device = model.to(device).eval(), device
        if torch.device(device).type == "cpu":
            quicken(self.model)
        limit = getattr(self.model.config, "max_position_embeddings", None) or 0  # some models say -1 for none
        self.max_length = limit if limit > 0 else LONGEST
        self.skipped = 0

    def compute(self, texts: list[str]) -> float:
        """Mean over the texts of the mean cross-entropy (nats) of a text's tokens, the first one given.

        Texts of fewer than two tokens have no loss: they are left out, counted in ``skipped`` and told of. A text
        longer than the model reads (than 1,024 tokens, where it names no limit) is cut. Raises ValueError if the list
        is empty or no text is left.
        """
        texts = list_of_texts(texts)
        ids = self.tokenizer(texts, add_special_tokens=False)["input_ids"]
        ids = [text_ids[: self.max_length] for text_ids in ids if len(text_ids) >= 2]
        self.skipped = len(texts) - len(ids)
        if not ids:
            raise ValueError("texts: none of them has two tokens, so nothing predicts anything")
        if self.skipped:
            tqdm.write(f"судья: в {self.skipped} из {len(texts)} текстов меньше двух токенов, они не в счёт")
        times = Counter(map(tuple, ids))  # a text that comes often is read once
        batch_tokens = BATCH_TOKENS if torch.device(self.device).type == "cpu" else BATCH_TOKENS_ON_GPU
        total = 0.0
        with tqdm(total=len(ids), desc="судья прочёл", unit=" текстов", leave=False) as progress:
            for batch in _by_length(times, batch_tokens):
                counts = torch.tensor([times[text_ids] for text_ids in batch], dtype=torch.float64)
                total += float(self._losses(batch).double().cpu() @ counts)
                progress.update(int(counts.sum()))
        return total / len(ids)

    @torch.no_grad()
    def _losses(self, batch: list[tuple[int, ...]]) -> Tensor:
        """Mean cross-entropy of each text's tokens: B lists of ids -> float32[B]."""
        lengths = torch.tensor([len(text_ids) for text_ids in batch])
        ids = torch.zeros(len(batch), int(lengths.max()), dtype=torch.long)
        for row, text_ids in enumerate(batch):
            ids[row, : len(text_ids)] = torch.tensor(text_ids)
        mask = torch.arange(ids.shape[1]) < lengths.unsqueeze(1)  # (B, T)
        ids, mask = ids.to(self.device), mask.to(self.device)
        targets = torch.cat([ids[:, 1:], ids[:, :1]], dim=1)  # the last place predicts nothing and isn't counted
        logits = self.model(input_ids=ids, attention_mask=mask.long()).logits  # (B, T, V)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view(len(batch), -1)
        counted = torch.cat([mask[:, 1:], torch.zeros_like(mask[:, :1])], dim=1)
        return (loss * counted).sum(dim=1) / counted.sum(dim=1)


@contextmanager
def _without_bar() -> Iterator[None]:
    """No bar of transformers' own: what lies here is read in a moment."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _by_length(ids: Iterable[tuple[int, ...]], batch_tokens: int) -> Iterator[list[tuple[int, ...]]]:
    """Batches of texts of like length, the longest first, each of that many tokens at most or a single text."""
    batch: list[tuple[int, ...]] = []
    for text_ids in sorted(ids, key=len, reverse=True):
        if batch and len(batch[0]) * (len(batch) + 1) > batch_tokens:
            yield batch
            batch = []
        batch.append(text_ids)
    yield batch
