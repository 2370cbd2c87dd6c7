"""What a student sees in JupyterLab: the seminar runs, an answer is typed and its hint is read, Validate judges."""

import re

import nbformat
import pytest
from lab_pages import OUTPUT, arrive, open_notebook
from lab_server import HOMEWORK, SEMINAR

pytestmark = pytest.mark.slow

RUSSIAN = re.compile(r"[А-Яа-яЁё]{3,}.*[.!?]")


@pytest.fixture(scope="module")
def seminar(lab):
    return nbformat.read(lab.root / SEMINAR, as_version=4)


def test_make_lab_opens_the_seminar_which_runs_and_shows_its_pictures(lab, new_page, seminar, shots):
    notebook = arrive(new_page(), lab.opens, lab.root / SEMINAR)
    notebook.page.screenshot(path=shots / "seminar.png")
    notebook.run_all()
    notebook.page.screenshot(path=shots / "seminar-end.png")
    assert notebook.errors() == []
    print(notebook.page.locator(f"{OUTPUT} img").count(), notebook.too_wide())
    notebook.save()
