"""What tests need to know of the seminar's percent script."""

import re
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "notebooks" / "seminar_04_text_generation.py"
REPETITION = re.search(r'^repetition = \["(.+)" \* 20\]$', SCRIPT.read_text(encoding="utf-8"), re.MULTILINE)[1]
