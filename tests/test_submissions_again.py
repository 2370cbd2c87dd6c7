"""Right answers get all points again and again: chance must not cost one of them a point.

Here as often as fits into a few minutes; `make grading-report ARGS="--only right"` does it 2,000 times.
"""

import contextlib
import io
import os

import pytest
from answer_scripts import namespace, scripts

from course_lib.expect import one_thread
from grader.cases import PROPERTIES, examine
from grader.cases.asking import LocalNotebook

TIMES = int(os.environ.get("RIGHT_GRADINGS", 264))
NAMES = scripts("right")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_fresh_probes_find_nothing(name):
    with one_thread(), contextlib.redirect_stdout(io.StringIO()):
        for number in range(-(-TIMES // len(NAMES))):
            notebook = LocalNotebook(namespace("right", name))
            for task in PROPERTIES:
                assert examine(task, notebook, [number, 4]).complaint is None, (task, number)
