"""What the person who marks gets to see of a student's answers: the text itself, and nothing of it acts."""

import copy
import time
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert.exporters import HTMLExporter
from nbgrader.server_extensions.formgrader import formgrader
from small_course import ASSIGNMENT, make_course
from traitlets.config import Config

from grader.course import Course
from grader.feedback.text import LONGEST_CODE, as_plain_text, as_written, clean
from grader.homework import read_homework
from grader.intake import Intake
from grader.template import fill_in

TEMPLATES = Path(formgrader.__file__).parent / "templates"
ATTACKS = [
    "[x](javascript&colon;alert(1))",
    "[x](java&#115;cript:alert(1)) [x](java&Tab;script:alert(1)) [x](&#1;javascript&colon;alert(1))",
    "[x][a]\n\n[a]: javascript:alert(1)",
    "[x](<data:text/html;base64,PHNjcmlwdD4=>) [x](vbscript:x) [x](file:///etc/passwd) <https://a.example>",
    "![x](https://tracker.example/x.png) <img src=/logout onerror=alert(1)> ![a][b]\n\n[b]: /logout",
    "![x](attachment:lost.png)",
    "<script>alert(1)</script>\n<style>*{display:none}</style>\n\n<svg onload=alert(1)>\n<!-- \n<?x ?>\n<![CDATA[",
    r"$\href{javascript:alert(1)}{x}$ \\(\style{a:b}{x}\\) \\[\class{a}{x}\\] $$\require{action}$$",
    "\\begin{equation}\n\\def\\x{<b>}\n\\end{equation}",
    "</pre><script>alert(1)</script>\n</code></pre>\n\n```\n</pre>\n~~~html\n<b>\n````",
    "```mermaid\ngraph TD; A-->B; click A 'javascript:alert(1)'\n```",
    "# Title\n\n| a | b |\n|---|---|\n| <b> | [x](/logout) |\n\n- [x] done\n\n> quote\n\nterm\n: <i>text</i>",
    "&lt;script&gt; &amp;lt; &#60; &#x3c;",
    "[x](files/y) <a href='files/x'>",
    "\r\r<b>\x00\x01\x0b\x0c\u2028\u2029\u0085\u202e\ud83d",
    "`" * 300 + "\n" + "$" * 300,
]
MARKDOWN = st.lists(st.sampled_from([*"<>&#;:[]()!`~$\\*_|-\"'= \n\tab/", *ATTACKS])).map("".join) | st.text()


@pytest.fixture(scope="module")
def homework(tmp_path_factory):
    course = Course(make_course(tmp_path_factory.mktemp("template")))
    assert course.generate_release(ASSIGNMENT).success
    return read_homework(course, ASSIGNMENT)


@pytest.fixture(scope="module")
def formgrade():
    """The exporter behind the formgrader's page of one submission."""
    config = Config()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES)]
    return HTMLExporter(config=config)


def page_of(formgrade, notebook) -> BeautifulSoup:
    page, _ = formgrade.from_notebook_node(copy.deepcopy(notebook), resources={"index": 0, "total": 1})
    return BeautifulSoup(page, "html.parser")


def letters(text: str) -> str:
    return "".join(clean(text).split())


def check_plain(answer, text: str) -> None:
    """The answer is one block that holds the text and no other element, and in which MathJax looks for nothing."""
    [block] = answer.find_all(True)
    assert block.name == "pre" and set(block.attrs) == {"style"} and block["style"].startswith("white-space: pre-wrap;")
    assert letters(block.text) == letters(text)
    assert not [letter for letter in block.text if letter not in "\n\t" and clean(letter) != letter]


def test_a_text_in_the_formgraders_page_is_plain(homework, formgrade):
    for text in ["\n\n".join(ATTACKS), *ATTACKS]:
        notebook = fill_in(homework.release, homework, Intake(texts={"why": text}))
        nbformat.validate(notebook)
        page = page_of(formgrade, notebook)
        check_plain(page.find(id="why").find_parent(class_="nbgrader_cell").find(class_="rendered_html"), text)
        assert page.find_all(True, href=True) and "alert" not in str(page.find_all(["a", "img", "script", "style"]))


@settings(deadline=None, max_examples=300)
@given(text=MARKDOWN)
def test_any_text_stays_plain(formgrade, text):
    """The same filters as in the formgrader's template, without the page around them."""
    cell = nbformat.v4.new_markdown_cell(as_plain_text(text))
    template = formgrade.environment.from_string("{{ cell.source | markdown2html | strip_files_prefix }}")
    check_plain(BeautifulSoup(template.render(cell=cell, resources={}), "html.parser"), text)


@given(text=MARKDOWN)
def test_the_feedback_page_has_the_text_back(text):
    assert as_written(as_plain_text(text)) == clean(text)
    assert as_written(text) == text


def test_a_text_keeps_its_lines(homework):
    text = "Первый абзац: $p_i$.\n\n- раз\n    - два"
    source = fill_in(homework.release, homework, Intake(texts={"why": text})).cells[-1].source
    assert "\n" not in source and BeautifulSoup(source, "html.parser").pre.text == text


def test_missing_answers_stay_as_released(homework):
    assert fill_in(homework.release, homework, Intake()) == homework.release
    nothing = Intake(answers={"double": None, "greet": None}, texts={"why": None})
    assert fill_in(homework.release, homework, nothing) == homework.release


def test_code_is_shown_as_it_is_unless_it_is_strange(homework, formgrade):
    code = "def double(x):\n    '''Дважды.\n\n\n    '''\n\n\n    return 2 * x  # </pre><b>"
    strange = "# \u202e\n" + "x" * 100_000
    notebook = fill_in(homework.release, homework, Intake(answers={"double": code, "greet": strange}))
    page = page_of(formgrade, notebook)
    double, greet = (cell.find(class_="highlight") for cell in page.find_all(class_="nbgrader_cell")[:3:2])
    assert double.text.strip() == code and not double.find("b")
    assert "‹U+202E›" in greet.text and len(greet.text) < LONGEST_CODE + 100


@pytest.mark.parametrize("piece", [" \n", "\n", "\t\n\n", "\xa0\n", "'\\N{a"])
def test_code_that_takes_long_to_colour_is_shown_in_time(homework, formgrade, piece):
    code = "def double(x):\n    return 1\n" + piece * (90_000 // len(piece)) + "\n1"
    started = time.process_time()
    page_of(formgrade, fill_in(homework.release, homework, Intake(answers={"double": code, "greet": code})))
    assert time.process_time() - started < 10
