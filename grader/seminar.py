"""`course seminar`: the seminar notebook run from top to bottom with chosen parameters, and its page."""

import ast
import base64
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError

from grader.environment import environment
from grader.html import OfflineHTMLExporter
from grader.kernel import KERNEL_NAME, use_own_environment
from grader.paths import CourseError, repo_root

NAME = "seminar_04_text_generation"
METRICS_ENV = "COURSE_METRICS"
WORDS = {"None": None, "True": True, "False": False}
KINDS = {
    bool: ("True or False", (bool,)),
    int: ("a whole number", (int,)),
    float: ("a number", (int, float)),
    str: ("a text", (str,)),
}
FILES = ("CORPUS", "TOKENIZER", "WEIGHTS", "JUDGE")
Value = None | bool | int | float | str


@dataclass(frozen=True)
class Seminar:
    """What one run leaves: the executed notebook, its page and the table of metrics."""

    notebook: Path
    page: Path
    metrics: Path


def run(out: Path, parameters: dict[str, Value], notebook: Path | None = None) -> Seminar:
    """Run the seminar with a progress bar, cell by cell, and write its page.

    The page is written even if a cell fails, so that one can see where.

    Args:
        out: folder for the executed notebook, the page and metrics.json.
        parameters: values for names of the notebook's `parameters` cell.
        notebook: another notebook than the seminar's.

    Raises:
        CourseError: the notebook has no such parameter, a value is of a wrong type, or a cell failed.
    """
    notebook = notebook or default_notebook()
    check_parameters(notebook, parameters)
    use_own_environment()
    out.mkdir(parents=True, exist_ok=True)
    result = Seminar(out / notebook.name, out / f"{notebook.stem}.html", out / "metrics.json")
    for path in (result.notebook, result.page, result.metrics):
        path.unlink(missing_ok=True)
    with environment({METRICS_ENV: str(result.metrics.resolve())}):
        execute(notebook, result, parameters)
    write_page(result.notebook, result.page)
    write_pictures(result.notebook)
    return result


def execute(notebook: Path, result: Seminar, parameters: dict[str, Value]) -> None:
    """Run the cells. See `run`."""
    try:
        papermill.execute_notebook(
            str(notebook),
            str(result.notebook),
            parameters=parameters,
            kernel_name=KERNEL_NAME,
            cwd=str(notebook.parent),
            progress_bar={"desc": "Seminar"},
            start_timeout=180,
        )
    except PapermillExecutionError as error:
        write_page(result.notebook, result.page)
        what = f"Cell {error.exec_count} of {notebook.name} stopped with {error.ename}: {error.evalue}"
        raise CourseError(f"{what} (see {result.page}).") from error


def default_notebook() -> Path:
    """The seminar's notebook."""
    return repo_root() / "notebooks" / f"{NAME}.ipynb"


def defaults(notebook: Path) -> dict[str, Value]:
    """What the cell tagged `parameters` gives values to, and the values; None for one that is computed."""
    found = {}
    for name, about in papermill.inspect_notebook(str(notebook)).items():
        try:
            found[name] = ast.literal_eval(about["default"])
        except (ValueError, SyntaxError):
            found[name] = None
    return found


def check_parameters(notebook: Path, parameters: dict[str, Value]) -> None:
    """Raise CourseError if a name is not one of the notebook's, or a value not of its default's type.

    A parameter that is None by default takes anything.
    """
    known = defaults(notebook)
    for name, value in parameters.items():
        if name not in known:
            raise CourseError(f"-p {name}: the notebook has no parameter of this name; it has {', '.join(known)}.")
        words, kinds = KINDS.get(type(known[name]), ("", (type(value),)))
        if type(value) not in kinds:
            raise CourseError(f"-p {name} {value}: {name} has to be {words}; in the notebook it is {known[name]!r}.")


def parse(pairs: Iterable[tuple[str, str]]) -> dict[str, Value]:
    """Parameters as typed after `-p`: whole numbers and fractions become numbers, None and True and False themselves.

    A path that is there is made absolute, because the notebook runs in its own folder.

    Raises:
        CourseError: a name is given twice.
    """
    values: dict[str, Value] = {}
    for name, text in pairs:
        if name in values:
            raise CourseError(f"-p {name} is given twice ({values[name]!r} and {text!r}); give it once.")
        values[name] = parse_value(name, text)
    return values


def parse_value(name: str, text: str) -> Value:
    """One value of `-p NAME VALUE`; see `parse`."""
    if text in WORDS:
        return WORDS[text]
    if name in FILES:
        path = Path(text).expanduser()
        is_path = path.is_file() or (path.is_dir() and (os.sep in text or text.startswith(".")))
        return str(path.resolve()) if is_path else text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def write_pictures(notebook: Path) -> list[Path]:
    """The pictures of an executed notebook as files beside it: picture-1.png, picture-2.png, ..."""
    for old in notebook.parent.glob("picture-*.png"):
        old.unlink()
    outputs = (o for cell in nbformat.read(notebook, as_version=4).cells for o in cell.get("outputs", []))
    images = [o["data"]["image/png"] for o in outputs if "image/png" in o.get("data", {})]
    pictures = [notebook.parent / f"picture-{number}.png" for number in range(1, len(images) + 1)]
    for path, image in zip(pictures, images, strict=True):
        path.write_bytes(base64.b64decode(image))
    return pictures


def write_page(notebook: Path, page: Path) -> None:
    """The HTML page of an executed notebook, whole in one file."""
    body, _ = OfflineHTMLExporter(language_code="ru").from_filename(str(notebook))
    page.write_text(body, encoding="utf-8")
