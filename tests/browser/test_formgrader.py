"""What the instructor sees in the formgrader, of a course that `course grade` has graded."""

import shutil

import lab_server
import pytest
from graded import HOSTILE, RIGHT, WRONG, graded_course, who
from lab_pages import open_notebook
from lab_server import SEMINAR
from playwright.sync_api import Page, expect

from grader.paths import ASSIGNMENT

pytestmark = pytest.mark.slow

BY_HAND = 3  # points of the free-text question
LATECOMER = "latecomer"


@pytest.fixture(scope="module")
def graded(chromium, tmp_path_factory):
    """The course folder, and the marks of the command."""
    return graded_course(tmp_path_factory.mktemp("graded"))


@pytest.fixture(scope="module")
def lab(graded, tmp_path_factory):
    """`make lab` beside the graded course."""
    server, process = lab_server.start(graded[0].parent, tmp_path_factory.mktemp("home"))
    yield server
    lab_server.stop(process)


@pytest.fixture
def page(lab, new_page) -> Page:
    """A page that is logged in."""
    page = new_page()
    page.goto(f"{lab.url}/lab?token={lab_server.TOKEN}")
    page.locator(".jp-LabShell").wait_for()
    return page


def row(page, student: str):
    """A student's line in a table of the formgrader."""
    return page.locator("tr", has=page.get_by_text(student, exact=True))


def total(mark: dict) -> str:
    """A mark as the formgrader writes it before the free-text question is graded."""
    return f"{mark['score']:g} / {mark['max_score'] + BY_HAND:g}"


def test_lab_has_the_formgrader_in_its_menu(lab, new_page):
    notebook = open_notebook(new_page(), lab, SEMINAR)
    notebook.menu("Nbgrader", "nbgrader:open-formgrader")
    expect(notebook.page.frame_locator("iframe").get_by_role("link", name=ASSIGNMENT)).to_be_visible()


def test_marks_are_those_of_the_command(lab, page, graded, shots):
    page.goto(f"{lab.url}/formgrader/manage_submissions/{ASSIGNMENT}")
    for student, mark in graded[1].items():
        expect(row(page, student)).to_contain_text(total(mark))
        expect(row(page, student)).to_contain_text("needs manual grading")
    page.screenshot(path=shots / "formgrader-marks.png")


def test_autograde_button_gives_the_mark_of_the_command(lab, page, graded, shots):
    """A notebook that nobody has graded yet, with the very content of one that the command has graded."""
    course, marks = graded
    submitted = course / "submitted"
    shutil.copytree(submitted / who(WRONG), submitted / LATECOMER)
    page.goto(f"{lab.url}/formgrader/manage_submissions/{ASSIGNMENT}")
    expect(row(page, LATECOMER)).to_contain_text("needs autograding")
    row(page, LATECOMER).locator(".autograde a").click()
    modal = page.locator("#success-modal, #error-modal")
    expect(modal).to_contain_text("Successfully autograded")
    page.screenshot(path=shots / "formgrader-autograded.png")
    modal.get_by_role("button", name="Close").last.click()
    expect(row(page, LATECOMER)).to_contain_text(total(marks[who(WRONG)]))


def test_free_text_question_is_graded_by_hand(lab, page, graded, shots):
    page.goto(f"{lab.url}/formgrader/gradebook/{ASSIGNMENT}/{ASSIGNMENT}")
    most = graded[1][who(RIGHT)]["max_score"]
    line = page.locator("tr", has=page.locator("td.score", has_text=total(graded[1][who(RIGHT)])))
    line.get_by_role("link").first.click()
    comment = page.locator("#analysis-comment")
    comment.scroll_into_view_if_needed()
    page.screenshot(path=shots / "formgrader-by-hand.png")
    panel = page.locator(".nbgrader_cell", has=comment)
    with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
        panel.get_by_role("button", name="Full credit").click()
    expect(panel.locator("input.score")).to_have_value(str(BY_HAND))
    page.goto(f"{lab.url}/formgrader/manage_submissions/{ASSIGNMENT}")
    expect(row(page, who(RIGHT))).to_contain_text(f"{most + BY_HAND:g} / {most + BY_HAND:g}")
    expect(row(page, who(RIGHT))).not_to_contain_text("needs")


def test_script_in_an_answer_does_not_run_before_the_instructor(lab, page, graded):
    """The page that shows a student's text has the rights of the instructor."""
    asked = []
    page.on("dialog", lambda dialog: asked.append(dialog.message) or dialog.dismiss())
    page.goto(f"{lab.url}/formgrader/manage_students/{who(HOSTILE)}/{ASSIGNMENT}")
    page.get_by_role("link", name=ASSIGNMENT).last.click()
    answer = page.locator(".nbgrader_cell", has=page.locator("#analysis-comment"))
    expect(answer).to_contain_text("document.cookie")
    assert answer.locator("script, img, iframe, style, a[href^='javascript']").count() == 0
    assert asked == []


def test_grading_asks_nobody_over_the_network(lab):
    assert lab.hosts_asked() == []
