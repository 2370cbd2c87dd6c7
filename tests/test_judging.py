"""What `grader.judging` lets a submission know, graded in a real box."""

import re

import pytest
from answer_scripts import SET_UP, model_sources

from grader.box import policy
from grader.box.forked import close_idle
from grader.box.limits import Limits
from grader.cases.properties import PROPERTIES
from grader.judging import TASKS, Grading, Job

pytestmark = pytest.mark.skipif(bool(policy.missing_tools()), reason=f"not installed: {policy.missing_tools()}")

SEED = 123_456_789_012_345
TELLS = """
told_at_first = torch.initial_seed()
def entropy(probs):
    raise AssertionError(f"{told_at_first} {torch.initial_seed()}")
"""


@pytest.fixture(autouse=True)
def nothing_stays():
    yield
    close_idle()


def test_an_answer_can_not_ask_for_the_seed_of_the_probes():
    points = {task: float(sum(part.points for part in PROPERTIES[task])) for task in TASKS}
    answers = {task: None for task in TASKS} | {"entropy": TELLS}
    job = Job(answers, [], model_sources(), SET_UP, points, "cpu", Limits().to_dict(), SEED)
    mark = Grading(job).grade()
    message = next(task.message for task in mark.tasks if task.grade_id == "entropy")
    told = [int(number) for number in re.findall(r"\d+", message)]
    assert len(told) == 2 and len(set(told)) == 2
    near = {(SEED + number) % modulus for number in range(100) for modulus in (2**31, 2**32, 2**48)}
    assert not near & set(told)
