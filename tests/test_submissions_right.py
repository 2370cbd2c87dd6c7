"""Right answers of many kinds get all points from the cases."""

import contextlib
import io

import pytest
from answer_scripts import answers, namespace, scripts

from grader.cases import PROPERTIES, examine
from grader.cases.asking import LocalNotebook


def test_there_are_many():
    assert len(scripts("right")) >= 18


@pytest.mark.parametrize("name", scripts("right"))
def test_right_answers_get_all_points(name):
    assert set(answers("right", name)) <= set(PROPERTIES)
    notebook = LocalNotebook(namespace("right", name))
    with contextlib.redirect_stdout(io.StringIO()):
        complaints = {task: examine(task, notebook).complaint for task in PROPERTIES}
    assert not any(complaints.values()), complaints
