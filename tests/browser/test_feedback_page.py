"""The feedback page as a student opens it: a file, on a projector and on a telephone, by day and by night."""

import re

import jupytext
import pytest
from graded import EXCEPTIONS, HOSTILE, WRONG, graded_course, who
from submission_builder import FOLDER, constants

from grader.paths import ASSIGNMENT, repo_root

pytestmark = pytest.mark.slow

SIZES = {"projector": {"width": 1280, "height": 720}, "telephone": {"width": 390, "height": 844}}
SUBMISSIONS = (WRONG, HOSTILE, EXCEPTIONS)
LATIN = re.compile(r"[A-Za-z][A-Za-z_]+")
ENOUGH = 4.5  # contrast of small text, after WCAG 2.1

CONTRASTS = """() => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number)
  const light = ([r, g, b]) => [r, g, b]
    .map(part => part / 255).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0)
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor)
      if (colour.length < 4 || colour[3] === 1) return colour
    }
    return [255, 255, 255]
  }
  const own = element => [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())
  return [...document.body.querySelectorAll('*')].filter(element => own(element) && element.getClientRects().length)
    .map(element => {
      const style = getComputedStyle(element)
      const ink = numbers(element instanceof SVGElement ? style.fill : style.color)
      const [dim, bright] = [light(ink), light(behind(element))].sort((a, b) => a - b)
      return [(bright + 0.05) / (dim + 0.05), `${element.tagName} ${element.textContent.trim().slice(0, 40)}`]
    })
}"""
CUT_OFF = """() => [...document.body.querySelectorAll('*')]
  .filter(box => !box.closest('caption, svg') && getComputedStyle(box).overflowX === 'hidden')
  .filter(box => box.scrollWidth > box.clientWidth).map(box => box.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def pages(chromium, tmp_path_factory):
    """The files, by submission."""
    course, _ = graded_course(tmp_path_factory.mktemp("graded"))
    return {name: course / "feedback" / who(name) / ASSIGNMENT / f"{ASSIGNMENT}.html" for name in SUBMISSIONS}


@pytest.fixture(params=SUBMISSIONS)
def submission(request):
    return request.param


@pytest.fixture
def open_page(pages, submission, new_page):
    """open_page(**options of a context): the submission's page."""

    def opened(**options):
        page = new_page(**options)
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("dialog", lambda dialog: page.said.append(dialog.message) or dialog.dismiss())
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(pages[submission].as_uri())
        return page

    return opened


def test_no_script_runs_and_nothing_is_fetched(open_page, submission, outside):
    page = open_page()
    assert page.locator("script, iframe, object, embed, img, base, form, [onerror], a[href^='javascript']").count() == 0
    assert (page.said, outside) == ([], [])
    payload = constants(FOLDER / f"{submission}.py").get("PAYLOAD")
    if payload:  # what the student wrote is read as text
        assert payload in page.inner_text("body")


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_wider_than_the_screen(open_page, submission, size, shots):
    page = open_page(viewport=SIZES[size])
    page.screenshot(path=shots / f"feedback-{who(submission)}-{size}.png", full_page=True)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= SIZES[size]["width"]
    assert page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(open_page, submission, scheme, shots):
    page = open_page(color_scheme=scheme)
    page.screenshot(path=shots / f"feedback-{who(submission)}-{scheme}.png")
    if scheme == "light":
        page.locator("section.task", has=page.locator(".message")).first.screenshot(
            path=shots / f"feedback-{who(submission)}-task.png"
        )
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 30
    assert [one for one in contrasts if one[0] < ENOUGH] == []
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, re.findall(r"\d+", background)[:3])) < 80) == (scheme == "dark")


@pytest.mark.parametrize("submission", [WRONG, HOSTILE], indirect=True)
def test_page_speaks_russian(open_page, submission):
    """Latin words are only those of the homework's own text, such as names of functions; decimals have a comma."""
    page = open_page()
    homework = jupytext.read(repo_root() / "assignments" / "source" / ASSIGNMENT / f"{ASSIGNMENT}.py")
    known = set(LATIN.findall("\n".join(cell.source for cell in homework.cells)))
    page.evaluate(
        "own => document.querySelectorAll(own).forEach(element => element.remove())", "code, pre, .written, bdi"
    )
    text = page.inner_text("body")
    assert set(LATIN.findall(text)) - known == set()
    assert re.findall(r"\d\.\d+", text) == []
