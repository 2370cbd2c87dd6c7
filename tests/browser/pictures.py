"""The README's screenshots: `python tests/browser/pictures.py` looks at the explorer and at a feedback page anew.

The tests that show them run first and leave what they saw in build/screenshots. Of that, docs/pictures gets a copy with
few colours.
"""

import sys
from pathlib import Path

import pytest
from PIL import Image

from grader.paths import build_dir, repo_root

SHOWN = {"explorer-nucleus-whole.png": "explorer.png", "feedback-nucleus-exclusive-task.png": "feedback.png"}
TESTS = "(test_explorer_answers_to_its_sliders and nucleus) or (test_every_text_stands_out and nucleus and light)"
COLOURS = 64
MOST = 200_000  # bytes of a picture in git


def main() -> int:
    """Run the tests, write the pictures; the exit code of the tests."""
    code = int(pytest.main([str(Path(__file__).parent), "-q", "-k", TESTS]))
    if code == 0:
        for shot, name in SHOWN.items():
            write(build_dir("screenshots") / shot, repo_root() / "docs" / "pictures" / name)
    return code


def write(shot: Path, picture: Path) -> None:
    """Make a picture of a screenshot, small enough for git."""
    Image.open(shot).convert("RGB").quantize(COLOURS).save(picture, optimize=True)
    size = picture.stat().st_size
    if size > MOST:
        raise ValueError(f"{picture} has {size} bytes, more than {MOST}: take fewer colours or a part of the page.")
    print(f"{picture} written, {size} bytes")


if __name__ == "__main__":
    sys.exit(main())
