"""Notebook pages that open without a network: pictures inside, formulas as MathML, no script from anywhere.

nbconvert's own page fetches MathJax, RequireJS and Mermaid when it is opened. Every present-day browser draws MathML by
itself, so the formulas are translated once, here, and the scripts are left out.
"""

import html
import re
from typing import Any

import latex2mathml.converter
from bs4 import BeautifulSoup
from jinja2 import pass_context
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

NAMESPACE = ' xmlns="http://www.w3.org/1998/Math/MathML"'
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
PAGE_STYLE = """<style>
math { font-size: 1.15em; }
math[display=block] { margin: 0.8em 0; }
.jp-OutputArea-output .highlight pre { font-family: var(--jp-code-font-family, monospace); }
.rendered_html td, .rendered_html th { padding: 0.15em 0.7em; text-align: left; }
</style>"""

# A named function stands off from the letter after it; the translator knows no centred rows and no row distance.
FUNCTION = re.compile(r"\\(log|ln|exp|tanh|max|min)(?![a-zA-Z])\s*(?=[a-zA-Z]|\\(?!left))")
CENTRED_ROWS = re.compile(r"\\(begin|end)\{gather(?:ed)?\*?\}")
ROW_DISTANCE = re.compile(r"(?<=\\\\)\[-?[\d.]+(?:ex|em|pt|mm|cm)\]")


def mathml(tex: str, display: str) -> str:
    """One TeX formula as MathML; a formula that cannot be translated stays readable as its source.

    Args:
        tex: the formula without its dollars.
        display: `inline` or `block`.
    """
    # The namespace goes: HTML needs none, and nbconvert, which rewrites headings as XML, would prefix all tags with it.
    known = CENTRED_ROWS.sub(r"\\\1{matrix}", FUNCTION.sub(r"\\\1\\,", ROW_DISTANCE.sub("", tex.strip())))
    try:
        return latex2mathml.converter.convert(known, display=display).replace(NAMESPACE, "")
    except Exception:  # the translator raises many kinds; a page with one raw formula is better than no page
        return f"<code>{html.escape(tex.strip())}</code>"


class MathMLRenderer(IPythonRenderer):
    """nbconvert's Markdown renderer with formulas translated at once."""

    def block_math(self, body: str) -> str:
        return mathml(body, "block")

    def inline_math(self, body: str) -> str:
        return mathml(body, "inline")

    def latex_environment(self, name: str, body: str) -> str:
        return mathml(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")

    def _html_embed_images(self, html: str) -> str:
        """A piece of HTML with its pictures inside. One without any stays as it is: nbconvert would close its tags.

        Markdown inside `<details>` is three pieces: the opening tag, the text, the closing tag.
        """
        return super()._html_embed_images(html) if "<img" in html else html


class OfflineHTMLExporter(HTMLExporter):
    """An HTML exporter whose page asks nothing of a network. Takes HTMLExporter's settings and templates."""

    export_from_notebook = None

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Markdown to HTML with formulas as MathML (replaces HTMLExporter's filter of this name)."""
        resources = context.get("resources", {})
        renderer = MathMLRenderer(
            escape=False,
            attachments=context.get("cell", {}).get("attachments", {}),
            embed_images=True,
            path=resources.get("metadata", {}).get("path", ""),
            anchor_link_text=self.anchor_link_text,
            exclude_anchor_links=self.exclude_anchor_links,
        )
        return MarkdownWithMath(renderer=renderer).render(source)

    def from_notebook_node(self, nb: NotebookNode, resources: dict | None = None, **kwargs: Any) -> tuple[str, dict]:
        """The page of a notebook, without live widgets (they need scripts) and without outside scripts."""
        page, resources = super().from_notebook_node(without_widgets(nb), resources, **kwargs)
        return without_outside_scripts(page), resources


def without_widgets(nb: NotebookNode) -> NotebookNode:
    """A copy of a notebook whose live widgets are gone, and the empty outputs that progress bars leave."""
    nb = NotebookNode(nb)
    nb.metadata = NotebookNode({key: value for key, value in nb.metadata.items() if key != "widgets"})
    cells = []
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell = NotebookNode(cell)
            shown = [output for output in cell.outputs if WIDGET_VIEW not in output.get("data", {})]
            cell.outputs = [output for output in shown if output.get("data") != {"text/plain": ""}]
        cells.append(cell)
    nb.cells = cells
    return nb


def without_outside_scripts(page: str) -> str:
    """A page less the scripts and style sheets that would be fetched when it is opened."""
    soup = BeautifulSoup(page, "html.parser")
    for script in soup.find_all("script"):
        if script.get("src") or "https://" in script.text or "MathJax" in script.text:
            script.decompose()
    for link in soup.find_all("link", rel="stylesheet"):
        link.decompose()
    if soup.head:
        soup.head.append(BeautifulSoup(PAGE_STYLE, "html.parser"))
    return str(soup)
