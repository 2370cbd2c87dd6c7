"""A cased WordPiece tokenizer trained on a corpus and saved as a Hugging Face folder."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
NO_SPACE_BEFORE = ":;)»…"
NO_SPACE_AFTER = "(«"


def train_tokenizer(texts: list[str], folder: Path, vocab_size: int = 8000) -> None:
    """Learn ``vocab_size`` word pieces of ``texts``; upper case, ё and й are kept as they are."""
    characters = sorted({character for text in texts for character in text if not character.isspace()})
    # the trainer numbers the characters in the order of a hash map and breaks ties by number: fix them beforehand
    fixed = [*SPECIAL, *characters, *("##" + character for character in characters)]
    learner = _backend({token: i for i, token in enumerate(SPECIAL)}, decoders.WordPiece())
    learner.train_from_iterator(
        texts, trainers.WordPieceTrainer(vocab_size=vocab_size, special_tokens=fixed, show_progress=False)
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_backend(learner.get_vocab(), _decoder(texts)),
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=512,
        model_input_names=["input_ids", "attention_mask"],
    )
    tokenizer.save_pretrained(folder)


def _backend(vocabulary: dict[str, int], decoder: decoders.Decoder) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False, handle_chinese_chars=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"]))
    tokenizer.decoder = decoder
    return tokenizer


def _decoder(texts: list[str]) -> decoders.Decoder:
    """Word pieces back to text with the spaces that Russian puts around marks.

    A hyphen is joined to its words only where the corpus never uses one as a dash.
    """
    rules = [decoders.Replace(f" {mark}", mark) for mark in NO_SPACE_BEFORE]
    rules += [decoders.Replace(f"{mark} ", mark) for mark in NO_SPACE_AFTER]
    if not any(" - " in f" {text}" for text in texts):
        rules.append(decoders.Replace(" - ", "-"))
    return decoders.Sequence([decoders.WordPiece(cleanup=True), decoders.Fuse(), *rules])
