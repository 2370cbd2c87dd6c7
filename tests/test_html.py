"""Pages of notebooks open without a network."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from grader.html import OfflineHTMLExporter, mathml

TEX = r"""
# Заголовок с формулой $\frac{a}{b}$

Пусть $p_i = \frac{e^{z_i}}{Z}$, а пицца стоит \$5.

$$
\begin{gathered}
f_t=\sigma\left(W_f \cdot\left[h_{t-1}, x_t\right]+b_f\right) \\
h_t=o_t \odot \tanh \left(C_t\right)
\end{gathered}
$$
"""


@pytest.fixture(scope="module")
def page():
    widget = new_output(
        "display_data",
        data={"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "0%| |"},
    )
    picture = new_output("display_data", data={"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"})
    cells = [new_markdown_cell(TEX), new_code_cell("print(1)", outputs=[widget, picture])]
    notebook = new_notebook(cells=cells, metadata={"widgets": {"state": {}}})
    return OfflineHTMLExporter(language_code="ru").from_notebook_node(notebook)[0]


def test_nothing_is_fetched_when_the_page_is_opened(page):
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    assert "cdnjs" not in page and "unpkg" not in page and "import(" not in page


def test_formulas_are_mathml(page):
    assert page.count("<math ") == 3
    assert "<mfrac>" in page and "⊙" in page
    assert page.count("<mtr>") == 2
    assert r"\frac" not in page and "$$" not in page
    assert "стоит $5" in page


def test_pictures_stay_and_live_progress_bars_go(page):
    assert "data:image/png;base64,iVBORw0KGgo=" in page
    assert "0%| |" not in page


def test_the_notebook_itself_is_not_changed():
    notebook = new_notebook(cells=[new_code_cell("1")], metadata={"widgets": {"state": {}}})
    before = nbformat.writes(notebook)
    OfflineHTMLExporter().from_notebook_node(notebook)
    assert nbformat.writes(notebook) == before


def test_a_formula_that_cannot_be_translated_stays_readable():
    assert mathml(r"\frac{a", "inline").startswith(("<code>", "<math"))
    assert mathml(r"\left( <b>", "inline").count("<b>") == 0


def test_a_function_stands_off_from_its_argument():
    assert "mspace" in mathml(r"\log p", "inline")
    assert "mspace" not in mathml(r"\log(p)", "inline")


def test_the_distance_of_rows_is_not_printed():
    assert "2ex" not in mathml(r"\begin{cases} a, & b \\[2ex] 0, & c \end{cases}", "block")
    assert "[" in mathml(r"\begin{matrix} a \\ [h, x] \end{matrix}", "block")


def test_a_folded_answer_is_markdown_and_stays_folded():
    answer = "<details>\n<summary>Ответ</summary>\n\nПри $f = 1$ она **не меняется**.\n\n</details>\n\nДальше."
    page, _ = OfflineHTMLExporter().from_notebook_node(new_notebook(cells=[new_markdown_cell(answer)]))
    folded = page.split("<details>")[1].split("</details>")[0]
    assert "<strong>не меняется</strong>" in folded and "<math" in folded
    assert "Дальше" not in folded
