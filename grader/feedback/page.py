"""The student's feedback page: one file, no script, nothing fetched, everything a student wrote shown as text.

In the course's settings: `c.GenerateFeedback.exporter_class = FeedbackExporter`.
"""

import base64
import hashlib
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from traitlets import default

from grader.feedback import text
from grader.feedback.view import Page, page_of

POLICY = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"
STATES = {"right": "верно", "partly": "частично", "wrong": "пока нет", "waits": "ждёт проверки"}


class FeedbackExporter(Exporter):
    """An nbconvert exporter from an autograded notebook to the feedback page.

    The verdict stands in the notebook's metadata (`course_verdict`, see `grader.marks.Mark.as_json`), points and
    comments in its cells (nbgrader's `GetGrades`), what waits for the instructor in the gradebook. Outputs and test
    cells of the notebook are not shown.
    """

    export_from_notebook = None
    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(self, nb: NotebookNode, resources: dict | None = None, **kwargs: Any) -> tuple[str, dict]:
        """The page of a notebook."""
        nb, resources = super().from_notebook_node(nb, resources, **kwargs)
        return render(page_of(nb, resources.get("nbgrader", {}))), resources


def render(page: Page) -> str:
    """The page as HTML."""
    environment = _environment()
    style = environment.loader.get_source(environment, "style.css")[0].strip()
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    template = environment.get_template("page.html.j2")
    return template.render(page=page, style=Markup(style), policy=POLICY.format(digest), states=STATES)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("grader.feedback", "."),
        autoescape=True,
        finalize=lambda value: value if isinstance(value, Markup) else text.clean(value),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": text.number,
        "points": text.points,
        "points_of": text.points_of,
        "sentence": text.sentence,
    }
    return environment
