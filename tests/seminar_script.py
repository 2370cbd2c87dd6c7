"""What tests need to know of the seminar's percent script."""

import re
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "notebooks" / "seminar_04_text_generation.py"
PHRASE = re.compile(r'^repetition = \["(.+)" \* 20\] \* n_texts$', re.MULTILINE)
REPETITION = PHRASE.search(SCRIPT.read_text(encoding="utf-8"))[1]
