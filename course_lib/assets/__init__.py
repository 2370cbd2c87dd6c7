"""The files that ship with the kit: corpus, tokenizer, LSTM weights, judge. All are rebuilt by ``course rebuild``."""

from pathlib import Path

NAMES = ("corpus.txt.xz", "tokenizer", "lstm", "judge")


def asset_path(name: str) -> Path:
    """Where the bundled file or folder called ``name`` lies.

    Raises ValueError for an unknown name and FileNotFoundError where the kit was installed without it.
    """
    if name not in NAMES:
        raise ValueError(f"there is no bundled asset {name!r}; the assets are: {', '.join(NAMES)}")
    path = Path(__file__).parent / name
    if not path.exists():
        raise FileNotFoundError(
            f"the bundled asset {name!r} is missing from {path.parent}; run `course rebuild` to make it"
        )
    return path
