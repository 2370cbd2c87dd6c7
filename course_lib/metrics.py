"""What the seminar measures on texts without a large model: share of unique words, perplexity."""

from __future__ import annotations

import math
import re

from transformers import PreTrainedTokenizerBase

from course_lib.model import LSTM
from course_lib.progress import tqdm
from course_lib.train import held_out_loss

WORD = re.compile(r"\w+")


def list_of_texts(texts: list[str]) -> list[str]:
    """The texts as a list. Raises ValueError for one string, or for none at all."""
    if isinstance(texts, str):
        raise ValueError("texts must be a list of strings, not one string; put it into a list: [text]")
    texts = list(texts)
    if not texts:
        raise ValueError("texts: the list is empty, there is nothing to measure")
    return texts


def unique_words_rate(texts: list[str]) -> float:
    """Distinct words / all words over the whole list, lower-cased: near 0 if texts repeat, 1 if no word comes twice.

    A word is an unbroken run of letters and digits. Raises ValueError if the list is empty or holds no word.
    """
    words = [word for text in list_of_texts(texts) for word in WORD.findall(text.lower())]
    if not words:
        raise ValueError("texts: there is no word in them, only marks and spaces")
    return len(set(words)) / len(words)


def perplexity(model: LSTM, texts: list[str], tokenizer: PreTrainedTokenizerBase, batch_size: int = 128) -> float:
    """exp of the mean negative log-likelihood of a token under ``model``, padding not counted.

    The end token counts as a token, the start token doesn't: nothing predicts it. Texts of like length share a batch.
    Raises ValueError if the list is empty.
    """
    texts = sorted(list_of_texts(texts), key=len)
    batches = [texts[i : i + batch_size] for i in range(0, len(texts), batch_size)]
    return math.exp(held_out_loss(model, tqdm(batches, desc="перплексия", leave=False), tokenizer))
