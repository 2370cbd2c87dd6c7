"""What a student sees in JupyterLab: the seminar runs, an answer is typed and its hint is read, Validate judges."""

import json
import re
import statistics

import nbformat
import pytest
from lab_pages import OUTPUT, Notebook, arrive, open_notebook
from lab_server import HOMEWORK, SEMINAR
from playwright.sync_api import expect

from grader.answers import make_submission
from grader.paths import repo_root

pytestmark = pytest.mark.slow

TASK = "temperature_probs"
TYPED = ["def temperature_probs(logits, temp):", "return torch.softmax(logits.float() {} temp, dim=-1)"]
RUSSIAN_SENTENCE = re.compile(r"[А-ЯЁ][^.!?\n]*[а-яё]{3}[^.!?\n]*[.!?]")
SOLVED = "solved.ipynb"
# A slider's move until the bars are new and painted: in the browser, milliseconds.
MOVE = """([handle, bars]) => new Promise(done => {
  const start = performance.now()
  const seen = new MutationObserver(() => {
    seen.disconnect()
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)))
  })
  seen.observe(bars, {childList: true, subtree: true, characterData: true, attributes: true})
  handle.focus()
  handle.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', code: 'ArrowRight', bubbles: true}))
})"""
MOVES = 12


@pytest.fixture(scope="module")
def run_seminar(lab, browser):
    """The seminar after Run All Cells in the page that `make lab` opens, saved; the page stays open."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale="ru-RU")
    context.set_default_timeout(240_000)
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
    assert RUSSIAN_SENTENCE.search(said["wrong"]), said["wrong"]
    assert "✓" not in said["wrong"]
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


def test_explorer_answers_to_its_sliders(run_seminar, shots):
    box = run_seminar.page.locator(".explorer-controls").first
    box.scroll_into_view_if_needed()
    run_seminar.page.screenshot(path=shots / "explorer.png")
    bars, told = box.locator(".widget-html-content").first, box.locator(".widget-html-content").last
    before, texts = bars.inner_html(), told.inner_text()
    handle = box.locator(".noUi-handle").first
    moves = [run_seminar.page.evaluate(MOVE, [handle.element_handle(), bars.element_handle()]) for _ in range(MOVES)]
    expect(told).not_to_have_text(texts)
    assert bars.inner_html() != before
    (shots / "explorer.json").write_text(json.dumps({"move_to_repaint_ms": statistics.median(moves), "all": moves}))
    run_seminar.page.screenshot(path=shots / "explorer-hot.png")


def test_explorer_is_a_still_picture_without_its_kernel(lab, run_seminar, new_page, shots):
    """The saved notebook in another page: no widget lives there."""
    lab.dark()
    notebook = open_notebook(new_page(color_scheme="dark"), lab, SEMINAR)
    shown(notebook).last.scroll_into_view_if_needed()
    notebook.page.screenshot(path=shots / "dark-picture.png")


def test_nobody_was_asked_over_the_network(lab, outside):
    assert lab.hosts_asked() == []
