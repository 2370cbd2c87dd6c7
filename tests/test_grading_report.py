"""The grading report's page, and what its sections keep; the measuring itself is the command's."""

import json

import pytest

from benchmarks import grading_page, grading_report, grading_speed, stock_nbgrader
from benchmarks.stock_run import Result

STOCK = {
    "honest": Result("honest", {"draw": 2.0, "entropy": 1.0}),
    "forger": Result("forger", {"draw": 2.0}, won=2.0, harm=["fills the disk"]),
    "bomb": Result("bomb", None, problem="does not come to an end | really", aborted=True),
}


def kept():
    rows = grading_report.stock_rows(STOCK)
    results = json.loads(stock_nbgrader.as_json(STOCK))
    about = {"measured": "2026-01-01", "cores": 2}
    return {
        "hostile": {
            **about,
            "rows": [["hostile submissions", "3"]],
            "marks": {"forger": "0 of 15", "bomb": "13 of 15"},
            "counts": {grading_page.WON: 0, grading_page.NO_MARK: 1, grading_page.LOST: 0},
        },
        "stock": {**about, "rows": rows, "results": results, "counts": stock_nbgrader.counts(STOCK)},
    }


def test_the_page_has_the_figures_and_two_columns():
    page = grading_page.page(kept())
    assert "| hostile submissions | 3 |" in page
    assert "| of these won points that they had not earned | 1 |" in page
    assert "| forger | 2 points, **2 unearned**, **fills the disk** | 0 of 15 |" in page
    assert "| bomb | no mark (does not come to an end \\| really), **stops the run** | 13 of 15 |" in page
    assert "| honest | 3 points |  |" in page
    assert "hostile 2026-01-01 (2 cores)" in page


def test_the_readme_gets_two_columns_of_counts():
    text = grading_page.short({"chance": {**kept()["stock"], "rows": [["tests", "91"]]}, **kept()})
    assert "| tests | 91 |" in text and "| hostile submissions |" not in text
    assert "| of 3 hostile submissions | stock nbgrader | course grade |" in text
    assert f"| {grading_page.WON} | 1 | 0 |" in text and f"| {grading_page.NO_MARK} | 1 | 1 |" in text
    assert f"| {grading_page.STOPPED} | 1 | 0, or `tests/test_hostile.py` fails |" in text
    alone = grading_page.short({"hostile": kept()["hostile"]})
    assert "| hostile submissions | 3 |" in alone and "stock" not in alone


def test_sections_that_were_not_measured_are_left_out():
    page = grading_page.page({"hostile": kept()["hostile"]})
    assert "hostile submissions" in page and "stock" not in page.split("Measured")[1]


def test_results_of_stock_nbgrader_come_back(tmp_path):
    path = tmp_path / "so-far.json"
    path.write_text(stock_nbgrader.as_json(STOCK), encoding="utf-8")
    assert stock_nbgrader.read_results(path) == STOCK
    assert stock_nbgrader.read_results(tmp_path / "none.json") == {}


@pytest.mark.parametrize("number", [2, 9, 40, 60])
def test_a_class_has_right_and_wrong_submissions_each_once(number):
    chosen = grading_speed.choose(number)
    kinds = [path.parent.name for path in chosen]
    assert len(set(chosen)) == number and set(kinds) == {"right", "wrong"}


def test_ratios_compare_neighbours_in_time():
    ours, other = grading_speed.Way("ours", [1.0, 10.0, 2.0]), grading_speed.Way("other", [6.0, 60.0, 8.0])
    assert grading_speed.ratio(ours, other) == 6.0
    ours.marked = other.marked = [5, 5, 5]
    assert "ours is 6.0 times as fast as other" in grading_speed.table([ours, other], 5)


def test_an_examination_again_tells_of_a_failure(monkeypatch):
    assert grading_report.again(("right", 1)) is None
    namespace = grading_report.namespace
    monkeypatch.setattr(grading_report, "namespace", lambda _, name: namespace("wrong", name))
    assert "draw" in grading_report.again(("draw-argmax", 1))
