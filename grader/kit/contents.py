"""What stands in the kit beside the wheels: notebooks, README, environment.yml, requirements.txt."""

from pathlib import Path
from string import Template

import nbformat

from course_lib.submit_checks import clear_outputs
from grader.kit import stage, wheels
from grader.notebooks import generate
from grader.seminar import NAME as SEMINAR

TEXTS = Path(__file__).parent / "texts"
SYSTEMS = (("manylinux", "Linux"), ("linux", "Linux"), ("macosx", "macOS"), ("win", "Windows"))
MACHINES = {"x86_64": "x86-64", "amd64": "x86-64", "aarch64": "ARM", "arm64": "ARM"}


def write_notebooks(root: Path, release: Path, kit: Path) -> None:
    """The seminar and the homework, both without outputs."""
    seminar = generate(root / "notebooks" / f"{SEMINAR}.py")
    (kit / f"{SEMINAR}.ipynb").write_text(seminar, encoding="utf-8")
    nbformat.write(clear_outputs(nbformat.read(release, as_version=4)), kit / release.name)


def write_texts(root: Path, assignment: str, kit: Path) -> None:
    """README, requirements.txt and environment.yml; the wheels are there already."""
    [library] = [path for path in kit.glob("wheels/*.whl") if wheels.parsed(path)[0] != stage.SAMPLER]
    built = wheels.platforms([path for path in kit.glob("wheels/*.whl") if path != library])
    values = {
        "name": stage.project(root)["name"],
        "python": stage.project(root)["requires-python"].removeprefix(">="),
        "library": library.name,
        "seminar": SEMINAR,
        "assignment": assignment,
        "platforms": ", ".join(dict.fromkeys(map(in_words, built))) or "ни для одной системы",
    }
    for path in TEXTS.iterdir():
        filled = Template(path.read_text(encoding="utf-8")).substitute(values)
        (kit / path.name).write_text(filled, encoding="utf-8")


def in_words(platform: str) -> str:
    """A wheel's platform for people: manylinux_2_17_x86_64 -> Linux (x86-64)."""
    system = next((words for prefix, words in SYSTEMS if platform.startswith(prefix)), platform)
    machine = next((words for name, words in MACHINES.items() if platform.endswith(name)), None)
    return f"{system} ({machine})" if machine else system
