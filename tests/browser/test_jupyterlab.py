"""What a student sees in JupyterLab: the seminar runs, an answer is typed and its hint is read, Validate judges."""

import json
import re
import statistics
import subprocess
import sys

import nbformat
import pytest
from lab_pages import OUTPUT, PATIENCE, PROJECTOR, Notebook, arrive, open_notebook
from lab_server import HOMEWORK, SEMINAR, environment, hosts_asked
from playwright.sync_api import expect

from grader.answers import make_submission
from grader.paths import repo_root

pytestmark = pytest.mark.slow

TASK = "temperature_probs"
TYPED = ["def temperature_probs(logits, temp):", "return torch.softmax(logits.float() {} temp, dim=-1)"]
HINT = re.compile(rf"✗ {TASK}: (?:[А-ЯЁа-яё]+|T|\d|\W)+[.!?]")
SOLVED = "solved.ipynb"
# A slider is moved by a key. Milliseconds, in the browser, until the first and until the last piece of the explorer
# that answers is painted; the last one is known by a while in which none follows. Rejected if nothing answers.
MOVE = """([handle, pieces, key]) => new Promise((done, failed) => {
  const start = performance.now()
  const times = []
  let silence = setTimeout(() => failed(new Error('the explorer does not answer')), 60000)
  const seen = new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => {
    times.push(performance.now() - start)
    clearTimeout(silence)
    silence = setTimeout(() => { seen.disconnect(); done([times[0], times.at(-1)]) }, 500)
  })))
  pieces.forEach(piece => seen.observe(piece, {childList: true, subtree: true, characterData: true}))
  handle.focus()
  handle.dispatchEvent(new KeyboardEvent('keydown', {key, code: key, bubbles: true}))
})"""
MOVES = 4
LETTERS = {"nucleus": "p", "top-k": "k"}  # of the sliders


@pytest.fixture(scope="module")
def run_seminar(lab, browser):
    """The seminar after Run All Cells in the page that `make lab` opens, saved; the page stays open."""
    context = browser.new_context(viewport=PROJECTOR, locale="ru-RU")
    context.set_default_timeout(2 * PATIENCE)
    notebook = arrive(context.new_page(), lab.opens, lab.root / SEMINAR)
    notebook.run_all()
    notebook.save()
    yield notebook
    context.close()


def code(path) -> str:
    return "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")


def shown(notebook: Notebook):
    """The pictures in the outputs."""
    return notebook.page.locator(f"{OUTPUT} img")


def test_make_lab_opens_the_seminar_and_asks_nothing(lab, new_page, shots):
    notebook = arrive(new_page(), lab.opens, lab.root / SEMINAR)
    notebook.page.screenshot(path=shots / "seminar.png")
    assert notebook.page.locator(".jp-toastContainer, .Toastify__toast").all_inner_texts() == []
    assert notebook.page.locator(".jp-Dialog").all_inner_texts() == []


def test_seminar_runs_and_shows_every_picture(lab, run_seminar, shots):
    assert run_seminar.errors() == []
    wanted = code(lab.root / SEMINAR).count("\nplots.")
    assert wanted >= 4
    expect(shown(run_seminar)).to_have_count(wanted)
    for number, picture in enumerate(shown(run_seminar).all()):
        picture.scroll_into_view_if_needed()
        assert picture.evaluate("picture => picture.complete && picture.naturalWidth > 200")
        run_seminar.page.screenshot(path=shots / f"seminar-picture-{number}.png")


def test_an_answer_is_folded_until_it_is_clicked(run_seminar, shots):
    answer = run_seminar.page.locator("details", has_text="память не меняется")
    text = answer.locator("p").first
    answer.scroll_into_view_if_needed()
    expect(text).to_be_hidden()
    answer.locator("summary").click()
    expect(text).to_be_visible()
    expect(text.locator("mjx-container").first).to_be_visible()
    run_seminar.page.screenshot(path=shots / "seminar-answer.png")


def test_seminar_fits_a_projector_and_its_formulae_are_set(run_seminar):
    assert run_seminar.too_wide() == []
    assert run_seminar.page.locator("mjx-container").count() > 20
    assert run_seminar.page.locator("mjx-merror, .jp-RenderedLatex:has-text('$')").all_inner_texts() == []


def test_answer_is_typed_and_the_hint_is_read(lab, new_page, shots):
    notebook = open_notebook(new_page(), lab, HOMEWORK)
    notebook.run(notebook.cell("from course_lib import checks"))
    answer, check = notebook.cell(f"def {TASK}("), notebook.cell(f"checks.check_{TASK}(")
    notebook.run(answer)
    expect(notebook.run(check).last).to_contain_text("NotImplementedError")

    said = {}
    for kind, operator in (("wrong", "*"), ("right", "/")):
        notebook.retype(answer, [line.format(operator) for line in TYPED])
        notebook.run(answer)
        outputs = notebook.run(check)
        said[kind] = "\n".join(outputs.all_inner_texts())
        check.scroll_into_view_if_needed()
        notebook.page.screenshot(path=shots / f"homework-{kind}.png")
    assert notebook.too_wide() == []
    assert HINT.fullmatch(said["wrong"].strip().splitlines()[-1]), said["wrong"]
    assert said["right"].startswith("✓"), said["right"]
    notebook.save()
    assert "\n    ".join(TYPED).format("/") in code(lab.root / HOMEWORK)


def test_validate_button_names_what_fails_and_praises_what_does_not(lab, new_page, shots):
    release = lab.root / HOMEWORK
    solved = make_submission(release, repo_root() / "tests" / "submissions" / "right" / "right.py")
    nbformat.write(solved, release.with_name(SOLVED))

    dialog = validated(open_notebook(new_page(), lab, HOMEWORK))
    dialog.page.screenshot(path=shots / "validate-unsolved.png")
    expect(dialog).to_contain_text("NotImplementedError")
    assert "check_nucleus_probs" in dialog.inner_text()

    dialog = validated(open_notebook(new_page(), lab, HOMEWORK.replace(release.name, SOLVED)))
    dialog.page.screenshot(path=shots / "validate-solved.png")
    expect(dialog).to_contain_text("Success")


def validated(notebook: Notebook):
    """The dialog with the verdict of nbgrader's button."""
    notebook.page.locator("jp-button", has_text="Validate").click()
    dialog = notebook.page.locator(".jp-Dialog-content")
    dialog.wait_for()
    return dialog


@pytest.fixture
def explorer(run_seminar):
    """The first explorer of the seminar."""
    box = run_seminar.page.locator(".explorer-controls").first
    box.scroll_into_view_if_needed()
    return box


def part(explorer, name: str):
    """One of the pieces of the explorer that are written anew at every move."""
    return explorer.locator(".widget-html-content", has=explorer.page.locator(f".{name}"))


@pytest.mark.parametrize("cut", ["nucleus", "top-k"])
def test_explorer_answers_to_its_sliders(explorer, cut, shots):
    numbers, bars, told = (part(explorer, name) for name in ("numbers-first", "bars-first", "told"))
    switch = explorer.get_by_role("button", name=cut, exact=True)
    switch.click()
    expect(switch).to_have_class(re.compile("mod-active"))
    expect(explorer.locator(".widget-label:visible", has_text=re.compile(f"^{LETTERS[cut]}$"))).to_have_count(1)
    handles = explorer.locator(".noUi-handle:visible")
    expect(handles).to_have_count(2)  # the temperature, and where to cut
    pieces = [piece.element_handle() for piece in (numbers, bars, told)]
    times = []
    for key, handle in zip(("ArrowRight", "ArrowLeft"), handles.all(), strict=True):
        before = [piece.inner_text() for piece in (numbers, bars, told)]
        for _ in range(MOVES):
            times.append(explorer.page.evaluate(MOVE, [handle.element_handle(), pieces, key]))
        for piece, text in zip((numbers, bars, told), before, strict=True):
            expect(piece).not_to_have_text(text)
    first, last = (statistics.median(column) for column in zip(*times, strict=True))
    report = {"milliseconds from a move to the first answer painted": first, "and to the last": last, "all": times}
    (shots / f"explorer-{cut}.json").write_text(json.dumps(report, indent=2))
    bars.scroll_into_view_if_needed()
    explorer.page.screenshot(path=shots / f"explorer-{cut}.png")
    explorer.screenshot(path=shots / f"explorer-{cut}-whole.png")


def test_explorer_takes_a_beginning_of_ones_own(explorer):
    start = explorer.locator("input[type=text]:visible").first
    start.fill("Кот прочитал")
    start.press("Enter")
    expect(part(explorer, "told")).to_contain_text("Начало: Кот прочитал")


def test_explorer_is_a_still_picture_where_no_widget_lives(lab, run_seminar, new_page, shots):
    """The saved notebook in another page, in the dark theme: its widgets were those of a kernel that is gone."""
    expect(run_seminar.page.locator(".explorer-still").first).to_be_hidden()
    lab.end_kernels()
    lab.dark()
    notebook = open_notebook(new_page(color_scheme="dark"), lab, SEMINAR)
    still = notebook.page.locator(".explorer-still").first
    still.scroll_into_view_if_needed()
    expect(still).to_contain_text("Следующий токен")
    notebook.page.screenshot(path=shots / "dark-explorer-still.png")
    for number, picture in enumerate(shown(notebook).all()):
        picture.scroll_into_view_if_needed()
        notebook.page.screenshot(path=shots / f"dark-picture-{number}.png")
    assert notebook.too_wide() == []


def test_nobody_was_asked_over_the_network(lab, tmp_path):
    ask = "import socket; socket.create_connection(('nowhere.invalid', 80))"
    subprocess.run([sys.executable, "-c", ask], env=environment(tmp_path), capture_output=True)  # it cannot succeed
    assert hosts_asked(tmp_path) == ["nowhere.invalid"]  # the recorder does record
    assert lab.hosts_asked() == []
