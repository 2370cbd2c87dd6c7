"""Figures in the README: what a command writes stands between two marks of its own, all else is left alone."""

from __future__ import annotations

from pathlib import Path


def put(path: Path, begin: str, end: str, text: str) -> None:
    """Put a text between two marks of a file.

    Raises:
        ValueError: the file does not hold both marks, one after the other.
    """
    before, found, rest = path.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{path} has no place for the figures: it needs a line `{begin}` and, below it, `{end}`.")
    path.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")
