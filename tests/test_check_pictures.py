"""What a student sees when a check fails: bars that any theme can show, and a short traceback."""

import re
import sys
from html.parser import HTMLParser

import nbformat
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader import utils

from course_lib import checks
from course_lib.check_failures import CheckFailed, student_frames, student_traceback
from course_lib.check_pictures import EXPECTED, YOURS, Panel, Picture, Texts, show, written

NAN, INF = float("nan"), float("inf")
PANEL = Panel("T = 0,5", ["кот", "<b>ёж"], [0.9, 0.1], [NAN, 0.1])
TEXTS = Texts("n_samples=1", [["начало", "кот"]], [["начало", "чай", "лишний"]])


def colours(html):
    return {found.lower() for found in re.findall(r"#[0-9a-fA-F]{3,6}\b", html)}


def contrast(one, other):
    """Contrast ratio of two colours, as WCAG 2 defines it."""

    def light(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    bright, dark = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.fixture
def failure():
    with pytest.raises(CheckFailed) as caught:
        checks.check_temperature_probs(lambda logits, temp: (logits.float() * temp).softmax(1))
    return caught.value


# --- the picture


def test_it_has_the_colour_of_its_page_and_two_of_its_own():
    html = Picture([PANEL, TEXTS])._repr_html_()
    assert colours(html) == {EXPECTED, YOURS}
    assert "color:inherit" in html and not re.search(r"[^-\w]color:(?!inherit)", html)


@pytest.mark.parametrize("page", ["#ffffff", "#111111", "#1e1e1e"])
@pytest.mark.parametrize("bar", [EXPECTED, YOURS])
def test_bars_stand_out_in_light_and_dark(bar, page):
    assert contrast(bar, page) >= 3


def test_the_html_is_whole_and_letters_of_names_are_only_letters():
    html = Picture([PANEL, TEXTS])._repr_html_()
    assert "&lt;b&gt;ёж" in html and "<b>ёж" not in html
    depth = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag, attrs):
            depth.append(tag)

        def handle_endtag(self, tag):
            assert depth.pop() == tag

    Parser().feed(html)
    assert depth == []


def test_what_differs_is_marked_also_nan():
    html = Picture([PANEL])._repr_html_()
    assert re.findall(r"<b>([^<]*)</b>", html) == ["NaN"]
    assert Picture([TEXTS])._repr_html_().count("box-shadow") == 2  # another word, and one too many


def test_numbers_are_written_as_in_russian():
    assert written(0.8668, "share") == "86,7\N{NO-BREAK SPACE}%"
    assert (written(-1.5, "nat"), written(-1e-9, "nat"), written(0.0, "share")) == (
        "−1,500",
        "0",
        "0\N{NO-BREAK SPACE}%",
    )
    assert (written(NAN, "share"), written(INF, "nat"), written(-INF, "nat")) == ("NaN", "∞", "−∞")


def test_a_terminal_gets_the_same_numbers_as_text(failure):
    text = repr(failure.picture)
    assert "ожидается 86,7\N{NO-BREAK SPACE}%, у вас 50,6\N{NO-BREAK SPACE}%" in text
    assert "у вас: начало чай лишний" in repr(Picture([TEXTS]))


def test_a_failure_shows_both_distributions(failure):
    [first, second] = failure.picture.panels
    assert first.title == "T = 0,5, логиты (2; 1; 0)" and second.title == "T = 0,5, логиты (0; −1; 3)"
    assert first.expected == pytest.approx(torch.tensor([4.0, 2, 0]).softmax(0).tolist(), abs=1e-4)
    assert first.yours == pytest.approx(torch.tensor([1.0, 0.5, 0]).softmax(0).tolist(), abs=1e-4)


def test_outside_of_ipython_nothing_is_shown_and_nothing_breaks(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    show(Picture([PANEL]))
    assert capsys.readouterr().out == ""


def test_every_kind_of_check_draws():
    greedy = type(
        "Sampler", (), {"__init__": lambda s, **_: None, "sample": lambda s, z: (z.argmax(1), z.sum(1) * 0 + 1)}
    )
    wrong = {
        checks.check_nucleus_probs: lambda probs, p: probs,
        checks.check_entropy: lambda probs: torch.special.entr(probs).sum(1) / 0.6931,
        checks.check_draw: lambda probs: probs.argmax(1),
        checks.check_sampler: greedy,
        checks.check_generate: lambda model, sampler, n, start, end, length: (torch.full((n, 6), start), 1.0),
        checks.check_min_p_probs: lambda probs, min_p: probs,
        checks.check_repetition_penalty: lambda logits, ids, penalty: logits.float(),
    }
    for check, answer in wrong.items():
        with pytest.raises(CheckFailed) as caught:
            check(answer)
        assert caught.value.picture.panels, check.__name__


# --- the traceback


def test_a_failed_check_shows_its_sentence_alone(failure):
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in failure._render_traceback_()] == [f"✗ {failure}"]


def test_an_error_of_the_answer_shows_the_students_frames_alone():
    def helper(value):
        return value.no_such_name

    def answer(probs):
        return helper(probs)

    with pytest.raises(AttributeError) as caught:
        checks.check_entropy(answer)
    frames, tb = [], student_frames(caught.value.__traceback__)
    while tb is not None:
        frames.append(tb.tb_frame.f_code.co_name)
        tb = tb.tb_next
    assert frames == ["answer", "helper"]
    assert "no_such_name" in "".join(student_traceback(caught.value))


def test_an_exception_without_room_for_attributes_comes_through():
    class Tight(Exception):
        __slots__ = ()

        def __setattr__(self, name, value):
            if name == "_render_traceback_":
                raise AttributeError(name)
            super().__setattr__(name, value)

    with pytest.raises(Tight):
        checks.check_entropy(lambda probs: (_ for _ in ()).throw(Tight()))


def test_in_an_ipython_shell_the_picture_is_displayed():
    InteractiveShell.clear_instance()
    InteractiveShell.instance()
    try:
        with capture_output() as captured:
            show(Picture([PANEL]))
        [output] = captured.outputs
        assert "<div" in output.data["text/html"] and "NaN" in output.data["text/plain"]
    finally:
        InteractiveShell.clear_instance()


@pytest.mark.slow
def test_in_a_notebook_nbgrader_sees_a_failure_and_the_student_a_sentence():
    cells = [
        "import torch\nfrom course_lib import checks",
        "def temperature_probs(logits, temp):\n    return torch.softmax(logits.float() * temp, dim=-1)",
        "checks.check_temperature_probs(temperature_probs)",
        "def top_k_probs(logits, k):\n    ids = logits.topk(k).indices\n    return logits.softmax(-1).gather(-1, ids)",
        "checks.check_top_k_probs(lambda z, k: top_k_probs(z, 100))",
    ]
    notebook = new_notebook(cells=[new_code_cell(source) for source in cells])
    NotebookClient(notebook, kernel_name="python3", allow_errors=True).execute()
    test, stopped = notebook.cells[2], notebook.cells[4]
    kinds = [output.output_type for output in test.outputs]
    assert kinds == ["display_data", "error"] and "<div" in test.outputs[0].data["text/html"]
    assert test.outputs[1].traceback[0].endswith("острее, а у вас оно стало ровнее.")
    test.metadata.nbgrader = {"grade": True, "grade_id": "t", "points": 2, "solution": False, "schema_version": 3}
    assert utils.determine_grade(test) == (0, 2)
    text = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(stopped.outputs[-1].traceback))
    assert "topk(k)" in text and "course_lib" not in text and "check_exact" not in text
    nbformat.validate(notebook)
