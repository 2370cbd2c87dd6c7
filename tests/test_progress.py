"""Progress bars in a notebook are gone when they have ended, from its file too."""

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from course_lib import progress
from grader.kernel import KERNEL_NAME, use_own_environment

WIDGET = "application/vnd.jupyter.widget-view+json"
CELLS = {
    "ended": "for _ in tqdm(range(3), desc='кончено', leave=False): pass",
    "stays": "for _ in tqdm(range(3), leave=True): pass",
    "by hand": "with tqdm(total=2, leave=False) as bar:\n    bar.update(2)",
    "nothing": "list(tqdm([], leave=False))",
    "off": "list(tqdm(range(3), disable=True, leave=False))",
    "broken": "for i in tqdm(range(3), leave=False): 1 / i",
}


@pytest.fixture(scope="module")
def outputs():
    use_own_environment()
    cells = [new_code_cell("from course_lib.progress import tqdm"), *(new_code_cell(code) for code in CELLS.values())]
    notebook = new_notebook(cells=cells)
    NotebookClient(notebook, kernel_name=KERNEL_NAME, allow_errors=True).execute()
    return dict(zip(CELLS, [cell.outputs for cell in notebook.cells[1:]], strict=True))


def data(outputs, name) -> list[dict]:
    return [dict(output.data) for output in outputs[name] if "data" in output]


@pytest.mark.parametrize("name", ["ended", "by hand", "nothing"])
def test_a_bar_that_has_ended_is_gone(outputs, name):
    shown = data(outputs, name)
    assert [output for output in shown if any(output.values())] in ([], [{"text/plain": "[]"}])


def test_a_bar_that_is_to_stay_stays(outputs):
    assert [WIDGET in output for output in data(outputs, "stays")] == [True]


def test_a_bar_that_is_off_was_never_there(outputs):
    assert data(outputs, "off") == [{"text/plain": "[0, 1, 2]"}]


def test_a_bar_that_broke_shows_how_far_it_came(outputs):
    assert [WIDGET in output for output in data(outputs, "broken")] == [True]
    assert outputs["broken"][-1].ename == "ZeroDivisionError"


def test_in_a_terminal_it_is_plain_tqdm(capsys):
    assert list(progress.tqdm(range(3), desc="счёт", leave=False)) == [0, 1, 2]
    assert "счёт" in capsys.readouterr().err
