"""Text on its way to a reader: students' characters made harmless and visible, numbers in Russian."""

import re
import unicodedata
from functools import lru_cache
from html import escape, unescape
from itertools import groupby, islice

from markupsafe import Markup
from nbconvert.filters.markdown_mistune import MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from grader.html import MathMLRenderer, mathml

LONGEST_SENTENCE = 600
LONGEST_CODE = 20_000
LONGEST_COMMENT = 20_000
CUT = "\n… (показано только начало)"
JOINER = "\u200d"  # holds an emoji of several together
MARKS = re.compile(r"([\u0300-\u036f\u0483-\u0489\u20d0-\u20f0]{3})[\u0300-\u036f\u0483-\u0489\u20d0-\u20f0]+")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
CODE = re.compile(r"`([^`\n]+)`")
FORMULA = re.compile(r"\$([^$\n]+)\$")
KEPT = "\n\t" + JOINER
PLAIN = '<pre style="white-space: pre-wrap; word-break: normal; overflow-wrap: anywhere; font: inherit">', "</pre>"
NUMBERED = {code: f"&#{code};" for code in range(128) if not chr(code).isalnum() and chr(code) != " "}


def clean(text: object, longest: int | None = None) -> str:
    """A text in which every character shows itself and none acts.

    Colours of a terminal go; other control characters, invisible ones and those that turn the direction of writing
    become their numbers (‹U+202E›), halves of a pair and characters that nobody has defined «�».

    Args:
        text: anything; its `str`.
        longest: how many characters are kept.
    """
    text = str(text).replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = COLOURS.sub("", text)
    if longest is not None and len(text) > longest:
        text = text[:longest] + (CUT if longest >= LONGEST_CODE else "…")
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return MARKS.sub(r"\1", "".join(map(_visible, text)))


@lru_cache(maxsize=4096)
def _visible(letter: str) -> str:
    if letter in KEPT:
        return letter
    category = unicodedata.category(letter)
    if category in ("Cc", "Cf"):
        return f"‹U+{ord(letter):04X}›"
    return "�" if category in ("Cs", "Co", "Cn") else letter


def as_plain_text(text: str) -> str:
    """A student's text as a Markdown cell that shows it letter by letter, in every viewer.

    Only ASCII letters, digits and blanks stand for themselves, all its other characters as their numbers. So there is
    nothing for Markdown or HTML to find, and MathJax does not look for formulas inside `pre`.
    """
    return clean(text).translate(NUMBERED).join(PLAIN)


def as_written(cell: str) -> str:
    """The text that `as_plain_text` has made a cell of; any other cell as it is."""
    if cell.startswith(PLAIN[0]) and cell.endswith(PLAIN[1]):
        return unescape(cell[len(PLAIN[0]) : -len(PLAIN[1])])
    return cell


def shown(source: object) -> str:
    """Python source as it is shown: clean, not too long, and with at most two blank lines in a row.

    To colour long lines and many blank ones takes the square of their number.
    """
    kept: list[str] = []
    for is_blank, lines in groupby(clean(source, LONGEST_CODE).split("\n"), key=lambda line: not line.strip()):
        kept += islice(lines, 2 if is_blank else None)
    return "\n".join(kept)


def sentence(text: object) -> Markup:
    """A sentence of the grader as HTML: all escaped, `words` between backticks as code."""
    return Markup(CODE.sub(r"<code>\1</code>", escape(clean(text, LONGEST_SENTENCE))))


def code(source: object) -> Markup:
    """Python source as coloured HTML (classes of Pygments), all escaped."""
    lexer = PythonLexer(stripnl=False)
    return Markup(highlight(shown(source).strip("\n"), lexer, HtmlFormatter(cssclass="code", wrapcode=True)))


class _CommentRenderer(MathMLRenderer):
    """Markdown of an instructor: raw HTML is shown as text, and nothing is fetched."""

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return f"<em>{text or 'картинка'}</em>"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        is_page = url.lower().startswith(("https://", "http://"))
        return f'<a href="{escape(url)}" rel="noreferrer">{text}</a>' if is_page else text


def markdown(text: object) -> Markup:
    """An instructor's comment as HTML: Markdown with formulas, raw HTML escaped."""
    renderer = _CommentRenderer(escape=True)
    return Markup(MarkdownWithMath(renderer=renderer).render(clean(text, LONGEST_COMMENT)))


def heading(text: object) -> Markup:
    """A heading of the notebook as HTML: formulas between dollars, the rest as in `sentence`."""
    parts = FORMULA.split(clean(text, 200))
    shown = [Markup(mathml(part, "inline")) if i % 2 else sentence(part) for i, part in enumerate(parts)]
    return Markup("").join(shown)


def number(value: float) -> str:
    """A number with at most two decimals: 2, 2,5 and −1."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".").replace(".", ",").replace("-", "−")


def points(value: float) -> str:
    """1 балл, 2 балла, 5 баллов, 2,5 балла."""
    return f"{number(value)} {_form(value)}"


def points_of(value: float) -> str:
    """The word after "3 из ...": балла for 1 and fractions, else баллов."""
    singular = value != int(value) or (value % 10 == 1 and value % 100 != 11)
    return f"{number(value)} {'балла' if singular else 'баллов'}"


def _form(value: float) -> str:
    if value != int(value):
        return "балла"
    last, teens = abs(value) % 10, 10 < abs(value) % 100 < 20
    if last == 1 and not teens:
        return "балл"
    return "балла" if 1 < last < 5 and not teens else "баллов"
