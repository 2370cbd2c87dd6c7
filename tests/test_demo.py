"""`course demo`: six example submissions of the real homework get the marks that they deserve."""

import pytest

from grader import demo
from grader.paths import ASSIGNMENT, assignments_dir

TASKS = ["temperature_probs", "top_k_probs", "nucleus_probs", "entropy", "draw", "Sampler", "generate"]
POINTS = [2.0, 2.0, 3.0, 1.0, 2.0, 3.0, 2.0]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return demo.run(tmp_path_factory.mktemp("demo"))


def lost(result, student):
    """The tasks in which a student lost points."""
    [one] = [mark for mark in result.marks if mark.student == student]
    return {task.grade_id for task in one.tasks if task.score < task.max_score}


def test_every_example_has_a_verdict_on_the_seven_tasks(result):
    assert {one.student for one in result.marks} == {name.split("/")[1] for name in demo.EXAMPLES}
    for one in result.marks:
        assert one.fault is None
        assert [task.grade_id for task in one.tasks] == TASKS
        assert [task.max_score for task in one.tasks] == POINTS
        assert one.max_score == 15


def test_marks_of_the_examples(result):
    assert lost(result, "right") == set()
    assert lost(result, "temperature-multiplied") == {"temperature_probs"}
    assert lost(result, "nucleus-exclusive") == {"nucleus_probs"}
    assert lost(result, "missing") == {"draw"}
    assert lost(result, "raises") == {"entropy"}
    assert lost(result, "displayhook-forged") == {"entropy", "draw"}


def test_a_known_mistake_is_called_by_its_name(result):
    for name in ("temperature-multiplied", "nucleus-exclusive"):
        [mark] = [one for one in result.marks if one.student == name]
        assert [task.diagnosis for task in mark.tasks if task.score < task.max_score] == [name]


def test_every_lost_point_has_a_message(result):
    for one in result.marks:
        for task in one.tasks:
            assert bool(task.message) == (task.score < task.max_score)


def test_every_place_that_is_shown_is_there(result):
    places = result.places(None)
    assert len(places) == 4 + len(demo.EXAMPLES)
    assert "the student kit" in dict(places)
    for _, path in places:
        assert path.is_file(), path


def test_the_real_course_folder_is_not_touched(result):
    assert result.course.root != assignments_dir()
    assert not (assignments_dir() / "submitted" / "right" / ASSIGNMENT).exists()
