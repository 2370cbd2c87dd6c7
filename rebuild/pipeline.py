"""From texts to everything that the seminar needs: tokenizer, LSTM, judge, and a record of how they came out."""

from __future__ import annotations

import hashlib
import json
import lzma
import re
import shutil
from pathlib import Path

import torch
from torch.utils.data import DataLoader
from tqdm.auto import tqdm
from transformers import PreTrainedTokenizerBase

from course_lib import assets
from course_lib.data import START_MARKER, load_texts, load_tokenizer, split_texts
from course_lib.model import LSTM, load_weights
from course_lib.train import evaluate, train
from course_lib.utils import GPTLoss, perplexity
from rebuild.batches import LengthBatches
from rebuild.card import write_card
from rebuild.corpus.build import build_corpus
from rebuild.judge import REPEATED_SHARE, train_judge
from rebuild.tokenizer import train_tokenizer

MODELS = Path("build") / "models"
SEED = 42
SIZE = 256  # input and hidden size of the LSTM
PER_SITUATION = 75  # texts drawn of each situation
REPORT = "report.json"
CARD = "README.md"
LSTM_SHARE = 0.4  # of the minutes; the judge has the rest


def corpus_folder(corpus: str) -> Path:
    """Where the models trained on ``corpus`` are kept."""
    return MODELS / (re.sub(r"[^\w.-]+", "-", corpus).strip("-.") or "corpus")


def trained(corpus: str) -> dict[str, str] | None:
    """The seminar's parameters for models trained on ``corpus`` before, or None if there are none."""
    folder = corpus_folder(corpus)
    if not (folder / REPORT).exists():
        return None
    return {"TOKENIZER": str(folder / "tokenizer"), "WEIGHTS": str(folder / "lstm"), "JUDGE": str(folder / "judge")}


def train_corpus(corpus: str, out: Path | None = None, minutes: float | None = 18.0) -> dict:
    """Train tokenizer, LSTM and judge on a corpus into one folder, within about ``minutes`` (None: no limit).

    An interrupted training goes on where it was. Returns and writes ``report.json``: corpus size, held-out accuracy
    and perplexity, judge loss on held-out texts, minutes. Raises the errors of ``load_texts``.
    """
    texts = load_texts(corpus)
    folder = Path(out) if out else corpus_folder(corpus)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / REPORT).unlink(missing_ok=True)
    train_texts, held_out = split_texts(texts)
    tqdm.write(f"{corpus}: {len(train_texts)} training texts, {len(held_out)} held out")
    train_tokenizer(train_texts, folder / "tokenizer")
    tokenizer = load_tokenizer(folder / "tokenizer")
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:8]  # a checkpoint goes on with its own texts only
    lstm_minutes = None if minutes is None else minutes * LSTM_SHARE
    checkpoint = folder / f"lstm-{digest}.checkpoint"
    lstm_history = _train_lstm(train_texts, held_out, tokenizer, folder / "lstm", lstm_minutes, checkpoint)
    judge_minutes = None if minutes is None else max(minutes - lstm_history[-1]["minutes"], minutes * 0.1)
    judge_history = train_judge(
        train_texts, held_out, tokenizer, folder / "judge",
        num_epochs=12, max_minutes=judge_minutes, checkpoint=folder / f"judge-{digest}.checkpoint", seed=SEED,
    )  # fmt: skip
    report = measure(folder, texts, train_texts, held_out)
    report |= {"lstm_minutes": lstm_history[-1]["minutes"], "judge_minutes": judge_history[-1]["minutes"]}
    report |= {"lstm_epochs": len(lstm_history), "judge_epochs": len(judge_history)}
    (folder / REPORT).write_text(json.dumps(report, indent=2) + "\n")
    for checkpoint in folder.glob("*.checkpoint"):
        checkpoint.unlink()
    return report


def _train_lstm(
    train_texts: list[str],
    held_out: list[str],
    tokenizer: PreTrainedTokenizerBase,
    folder: Path,
    minutes: float | None,
    checkpoint: Path,
) -> list[dict[str, float]]:
    """Train the seminar's LSTM and save it; returns the training's history."""
    torch.manual_seed(SEED)
    model = LSTM(len(tokenizer), SIZE, SIZE)
    loaders = [DataLoader(t, batch_sampler=LengthBatches([len(x) for x in t], SEED)) for t in (train_texts, held_out)]
    history = train(
        model, loaders[0], tokenizer, loaders[1],
        num_epochs=14, max_minutes=minutes, checkpoint=checkpoint,
    )  # fmt: skip
    model.half().save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)  # the hub's empty template of a model card
    return history


def measure(folder: Path, texts: list[str], train_texts: list[str], held_out: list[str]) -> dict:
    """The figures of a model card, measured on the files as saved."""
    tokenizer = load_tokenizer(folder / "tokenizer")
    model = load_weights(folder / "lstm")
    judge = GPTLoss("cpu", str(folder / "judge"))
    ordered = sorted(held_out, key=len)
    lengths = sorted(len(ids) - 2 for ids in tokenizer(texts)["input_ids"])
    return {
        "texts": len(texts),
        "train_texts": len(train_texts),
        "held_out_texts": len(held_out),
        "tokens": sum(lengths),
        "shortest_text": lengths[0],
        "median_text": lengths[len(lengths) // 2],
        "longest_text": lengths[-1],
        "vocabulary": len(tokenizer),
        "lstm_parameters": sum(p.numel() for p in model.parameters()),
        "judge_parameters": sum(p.numel() for p in judge.model.parameters()),
        "held_out_accuracy": evaluate(model, DataLoader(ordered, batch_size=64), tokenizer),
        "held_out_perplexity": perplexity(model, held_out, tokenizer),
        "train_perplexity": perplexity(model, train_texts[: len(held_out)], tokenizer),
        "judge_loss_held_out": judge.compute(held_out),
        "judge_loss_train": judge.compute(train_texts[: len(held_out)]),
    }


def write_corpus(path: Path) -> int:
    """Build the bundled corpus and write it in the ``anek.txt`` form, packed; returns how many texts it has."""
    texts = build_corpus(PER_SITUATION, SEED)
    content = "\n\n".join(START_MARKER + text for text in texts) + "\n"
    path.write_bytes(lzma.compress(content.encode(), preset=9))
    return len(texts)


def rebuild_all(minutes: float | None) -> dict:
    """Make every bundled asset anew: corpus, tokenizer, LSTM, judge and model card.

    All are made in a folder beside the models of other corpora and replace the bundled ones together at the end; an
    interrupted call goes on where it was. Returns the report of ``train_corpus``.
    """
    folder = corpus_folder("bundled")
    folder.mkdir(parents=True, exist_ok=True)
    corpus = folder / "corpus.txt.xz"
    tqdm.write(f"corpus: {write_corpus(corpus)} texts")
    report = train_corpus(str(corpus), folder, minutes)
    write_card(report, folder / CARD, seed=SEED, size=SIZE, repeated=REPEATED_SHARE)
    target = Path(assets.__file__).parent
    for name in (*assets.NAMES, CARD):
        made = folder / name
        (
            shutil.copytree(made, target / name, dirs_exist_ok=True)
            if made.is_dir()
            else shutil.copy(made, target / name)
        )
    return report
