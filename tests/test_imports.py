"""Who may import whom, and what an import costs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PYTHON = [sys.executable, "-c"]


@pytest.mark.parametrize("path", sorted((ROOT / "course_lib").rglob("*.py")), ids=lambda path: path.name)
def test_what_students_hold_does_not_know_the_grader(path):
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"^\s*(from|import) (grader|rebuild)\b", source, re.MULTILINE)


def test_the_package_brings_neither_sampler_nor_torch():
    heavy = {"course_lib.sampler", "torch", "transformers"}
    program = f"import sys, course_lib; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([*PYTHON, program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_relative_links_of_the_readme_lead_somewhere():
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(links) > 3
    assert [link for link in links if not (ROOT / link).exists()] == []
