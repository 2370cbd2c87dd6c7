"""Texts and tokenizers: bundled by default, from files, from Debian's fortunes-ru, or from the Hugging Face hub."""

from __future__ import annotations

import lzma
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from course_lib.assets import asset_path

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

START_MARKER = "<|startoftext|>"
FORTUNES = "fortunes-ru"
FORTUNES_INSIDE = Path("usr/share/games/fortunes/ru")
FORTUNES_UNPACKED = Path("build") / FORTUNES  # here or in a folder above: where the package is unpacked without root


def load_texts(source: str | os.PathLike | None = None) -> list[str]:
    """The texts of a corpus, in its own order.

    ``source`` is None (the bundled jokes), a file in the ``anek.txt`` form (texts separated by blank lines, each
    perhaps after ``<|startoftext|>``; ``.xz`` is unpacked), the name ``fortunes-ru`` (Debian's package) or a folder it
    was unpacked to, or a Hugging Face dataset id.

    Raises FileNotFoundError where there is nothing at ``source`` and ValueError where what is there holds no texts or
    is not UTF-8; the message says what to do.
    """
    if source is None:
        return parse_anek(_read(asset_path("corpus.txt.xz")), "the bundled corpus")
    name = os.fspath(source)
    if not name.strip():
        raise ValueError(
            "source: the name of the corpus is empty; give a file, a dataset id, or None for the bundled jokes"
        )
    path = Path(name).expanduser()
    if name == FORTUNES:
        return load_fortunes(_find_fortunes())
    if path.is_dir():
        return load_fortunes(path)
    if path.is_file():
        return parse_anek(_read(path), name)
    if path.suffix in {".txt", ".xz"} or path.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise FileNotFoundError(
            f"there is no corpus file {name!r} (looked in {path.absolute().parent}); "
            f"give a path to a text file, {FORTUNES!r}, a Hugging Face dataset id, or None for the bundled jokes"
        )
    return _load_dataset(name)


def _read(path: Path) -> str:
    raw = path.read_bytes()
    if path.suffix == ".xz":
        try:
            raw = lzma.decompress(raw)
        except lzma.LZMAError as error:
            raise ValueError(
                f"{path.name!r} is not a whole .xz file ({error}); fetch it again or give it unpacked"
            ) from None
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path.name!r} is not UTF-8 (byte {error.start}); old Russian texts are often in cp1251: "
            f"convert it with `iconv -f cp1251 -t utf-8 {path.name} > utf8.txt` and load that"
        ) from None


def parse_anek(content: str, name: str) -> list[str]:
    """Texts of the ``anek.txt`` form: separated by blank lines, start markers removed, inner line breaks made spaces.

    Raises ValueError if there is none; ``name`` is what the message calls the file.
    """
    content = content.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace(START_MARKER, "\n\n")
    lines = [" ".join(line.split()) for line in content.split("\n")]
    texts, current = [], []
    for line in [*lines, ""]:
        if line:
            current.append(line)
        elif current:
            texts.append(" ".join(current))
            current = []
    if not texts:
        raise ValueError(
            f"{name!r} holds no texts: expected texts separated by blank lines, each perhaps after {START_MARKER}"
        )
    return texts


def _find_fortunes() -> Path:
    here = Path.cwd()
    unpacked = [folder / FORTUNES_UNPACKED / FORTUNES_INSIDE for folder in (here, *here.parents)]
    places = [Path("/") / FORTUNES_INSIDE, *unpacked]
    if os.environ.get("FORTUNES_RU_DIR"):
        places = [Path(os.environ["FORTUNES_RU_DIR"])]
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(
        f"Debian's package {FORTUNES} was not found in {' or '.join(map(str, places[:2]))}; install it "
        f"(`sudo apt-get install {FORTUNES}`) or, without root, unpack it here: "
        f"`apt-get download {FORTUNES} && dpkg -x {FORTUNES}_*.deb build/{FORTUNES}` "
        f"(another folder: set FORTUNES_RU_DIR)"
    )


def load_fortunes(folder: Path) -> list[str]:
    """Texts of a folder of fortune files (``%`` on a line of its own between texts), each distinct text once.

    Index files (``.dat``) and the ``.u8`` links beside the files are passed over. A folder that the package was
    unpacked to may be given instead of the folder of the files themselves.
    """
    inside = folder / FORTUNES_INSIDE
    folder = inside if inside.is_dir() else folder
    texts: dict[str, None] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix in {".dat", ".u8"} or not path.is_file():
            continue
        for text in re.split(r"^%\s*$", _read(path), flags=re.MULTILINE):
            texts[" ".join(text.split())] = None
    texts.pop("", None)
    if not texts:
        raise ValueError(f"{str(folder)!r} holds no fortune files (texts with a line `%` between them)")
    return list(texts)


def _load_dataset(name: str) -> list[str]:
    from datasets import load_dataset

    try:
        splits = load_dataset(name)
    except Exception as error:  # the library raises a dozen kinds for "not found" and "no network"
        raise FileNotFoundError(
            f"the corpus {name!r} is neither a file here nor a dataset that could be loaded from the Hugging Face hub "
            f"({type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}); check the name "
            f"and the network, or use None for the bundled jokes"
        ) from error
    split = splits.get("train", next(iter(splits.values())))
    columns = [
        c for c, feature in split.features.items() if getattr(feature, "dtype", None) in {"string", "large_string"}
    ]
    if not columns:
        raise ValueError(f"the dataset {name!r} has no column of strings; its columns are {list(split.features)}")
    column = "text" if "text" in columns else columns[0]
    texts = [" ".join(text.replace(START_MARKER, " ").split()) for text in split[column] if text]
    texts = [text for text in texts if text]
    if not texts:
        raise ValueError(f"column {column!r} of the dataset {name!r} holds no texts")
    return texts


def split_texts(texts: list[str]) -> tuple[list[str], list[str]]:
    """Training and held-out texts, 9 to 1: always the same split, so that what the weights never saw stays unseen.

    Raises ValueError for fewer than two texts.
    """
    from sklearn.model_selection import train_test_split

    if len(texts) < 2:
        raise ValueError(f"texts: a split needs at least 2 of them, there are {len(texts)}")
    train, test = train_test_split(texts, test_size=0.1, random_state=42)
    return train, test


def folder_or_id(name: str | os.PathLike) -> str:
    """What transformers is to load: the folder that ``name`` stands for, ``~`` written out, else the name as it is."""
    folder = os.path.expanduser(name)
    return folder if os.path.isdir(folder) else os.fspath(name)


def load_tokenizer(name: str | os.PathLike | None = None) -> PreTrainedTokenizerBase:
    """The tokenizer in a folder or at a hub id; None is the bundled cased WordPiece.

    Raises ValueError if it cannot be loaded or lacks the tokens for a text's start, end and padding.
    """
    from transformers import AutoTokenizer

    source = str(asset_path("tokenizer")) if name is None else folder_or_id(name)
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
    except Exception as error:  # a damaged file raises whatever its reader stumbles over
        raise ValueError(
            f"no tokenizer could be loaded from {source!r}: give a folder that holds tokenizer.json, a Hugging Face "
            f"model id (this needs the network), or None for the bundled one ({type(error).__name__}: {error})"
        ) from error
    missing = [token for token in ("cls_token", "sep_token", "pad_token") if getattr(tokenizer, token) is None]
    if missing:
        raise ValueError(
            f"the tokenizer {source!r} has no {', '.join(missing)}; the seminar needs one of BERT's kind, "
            f"such as 'cointegrated/rubert-tiny'"
        )
    return tokenizer
