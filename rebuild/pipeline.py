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

from course_lib import assets
from course_lib.data import START_MARKER, load_texts, load_tokenizer, split_texts
from course_lib.model import LSTM, load_weights
from course_lib.train import evaluate, train
from course_lib.utils import GPTLoss, perplexity
from rebuild.batches import LengthBatches, training_record
from rebuild.card import write_card
from rebuild.corpus.build import build_corpus
from rebuild.judge import REPEATED_SHARE, train_judge
from rebuild.tokenizer import train_tokenizer

MODELS = Path("build") / "models"
SEED = 42
SIZE = 256  # input and hidden size of the LSTM
PER_SITUATION = 75  # texts drawn of each situation
REPORT = "report.json"
RECORD = "training.json"  # beside a model's weights: minutes, epochs and, where there is something to say, a note
CARD = "README.md"
LSTM_SHARE = 0.4  # of the minutes; the judge has the rest


def corpus_folder(corpus: str) -> Path:
    """Where the models trained on ``corpus`` are kept."""
    return MODELS / (re.sub(r"[^\w.-]+", "-", corpus).strip("-.") or "corpus")


def digest(texts: list[str]) -> str:
    """What tells these texts from all others."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def trained(corpus: str) -> dict[str, str] | None:
    """The seminar's parameters for models trained on ``corpus`` before.

    None if there are none, or if the corpus has other texts now. Raises the errors of ``load_texts``.
    """
    folder = corpus_folder(corpus)
    if not (folder / REPORT).exists():
        return None
    if json.loads((folder / REPORT).read_text()).get("digest") != digest(load_texts(corpus)):
        tqdm.write(f"{corpus} has changed since the models in {folder} were trained on it")
        return None
    return {"TOKENIZER": str(folder / "tokenizer"), "WEIGHTS": str(folder / "lstm"), "JUDGE": str(folder / "judge")}


def train_corpus(corpus: str, out: Path | None = None, minutes: float | None = 18.0) -> dict:
    """Train tokenizer, LSTM and judge on a corpus into one folder, within about ``minutes`` (None: no limit).

    An interrupted training goes on where it was. Returns and writes ``report.json``: the figures of ``measure``.
    Raises the errors of ``load_texts``.
    """
    texts = load_texts(corpus)
    folder = Path(out) if out else corpus_folder(corpus)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / REPORT).unlink(missing_ok=True)
    train_texts, held_out = split_texts(texts)
    tqdm.write(f"{corpus}: {len(train_texts)} training texts, {len(held_out)} held out")
    train_tokenizer(train_texts, folder / "tokenizer")
    record = _train_lstm(texts, folder, None if minutes is None else minutes * LSTM_SHARE)
    return _train_judge(texts, folder, None if minutes is None else max(minutes - record["minutes"], minutes * 0.1))


def _train_lstm(texts: list[str], folder: Path, minutes: float | None) -> dict[str, float]:
    """Train the seminar's LSTM with the folder's tokenizer and save it there; returns how the training went."""
    train_texts, held_out = split_texts(texts)
    tokenizer = load_tokenizer(folder / "tokenizer")
    torch.manual_seed(SEED)
    model = LSTM(len(tokenizer), SIZE, SIZE)
    batches, held_out_batches = (LengthBatches([len(x) for x in t], SEED) for t in (train_texts, held_out))
    history = train(
        model,
        DataLoader(train_texts, batch_sampler=batches),
        tokenizer,
        DataLoader(held_out, batch_sampler=held_out_batches),
        num_epochs=14,
        max_minutes=minutes,
        checkpoint=_checkpoint(folder, "lstm", texts),
    )
    model.half().save_pretrained(folder / "lstm")
    (folder / "lstm" / "README.md").unlink(missing_ok=True)  # the hub's empty template of a model card
    return _save_record(folder / "lstm", training_record(history, batches))


def _train_judge(texts: list[str], folder: Path, minutes: float | None) -> dict:
    """Train the judge with the folder's tokenizer; then all is there: measure it, write the report and return it."""
    train_texts, held_out = split_texts(texts)
    record = train_judge(
        train_texts,
        held_out,
        load_tokenizer(folder / "tokenizer"),
        folder / "judge",
        num_epochs=12,
        max_minutes=minutes,
        checkpoint=_checkpoint(folder, "judge", texts),
        seed=SEED,
    )
    _save_record(folder / "judge", record)
    report = measure(folder, texts)
    (folder / REPORT).write_text(json.dumps(report, indent=2) + "\n")
    for checkpoint in folder.glob("*.checkpoint"):
        checkpoint.unlink()
    return report


def _checkpoint(folder: Path, model: str, texts: list[str]) -> Path:
    """The file from which an interrupted training goes on, with its own texts only."""
    return folder / f"{model}-{digest(texts)}.checkpoint"


def _save_record(model: Path, record: dict[str, float]) -> dict[str, float]:
    (model / RECORD).write_text(json.dumps(record, indent=2) + "\n")
    return record


def measure(folder: Path, texts: list[str]) -> dict:
    """The figures of a model card, measured on the files as saved, and how the trainings went."""
    train_texts, held_out = split_texts(texts)
    tokenizer = load_tokenizer(folder / "tokenizer")
    model = load_weights(folder / "lstm")
    judge = GPTLoss("cpu", str(folder / "judge"))
    ordered = sorted(held_out, key=len)
    lengths = sorted(len(ids) - 2 for ids in tokenizer(texts)["input_ids"])
    records = {name: json.loads((folder / name / RECORD).read_text()) for name in ("lstm", "judge")}
    return {
        "digest": digest(texts),
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
    } | {f"{name}_{what}": value for name, record in records.items() for what, value in record.items()}


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
    _replace_assets(folder, report)
    return report


def rebuild_judge(minutes: float | None) -> dict:
    """Train the bundled judge anew and write the model card; corpus, tokenizer and LSTM stay as they are.

    Returns the report of ``train_corpus``.
    """
    folder = corpus_folder("bundled-judge")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer", "lstm"):
        shutil.copytree(assets.asset_path(name), folder / name, dirs_exist_ok=True)
    report = _train_judge(load_texts(), folder, minutes)
    _replace_assets(folder, report)
    return report


def _replace_assets(folder: Path, report: dict) -> None:
    """Write the model card, then put it and what else the folder holds of the assets where the bundled ones are."""
    write_card(report, folder / CARD, seed=SEED, size=SIZE, repeated=REPEATED_SHARE)
    target = Path(assets.__file__).parent
    for made in (folder / name for name in (*assets.NAMES, CARD)):
        if made.is_dir():
            shutil.copytree(made, target / made.name, dirs_exist_ok=True)
        elif made.exists():
            shutil.copy(made, target / made.name)
