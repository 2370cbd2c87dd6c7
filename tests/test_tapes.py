"""The tape that checks of `generate` play: what it takes for a pair, and how it names what is none."""

import pytest
import torch
from homework_answers import M

from course_lib.tapes import Tape, TapeModel, TapeSampler, check_loop
from grader.box.wire import Opaque

TAPE = Tape(((3, 2, 4, 4), (4, 3, 2, 3)), ((1.0, 0.5, 9.0, 9.0), (0.25, 0.5, 0.75, 9.0)), 6, start_id=1, end_id=2)


def checked(change):
    """Check the model loop's pair after `change`. AssertionError."""
    model = TapeModel(TAPE, torch.device("cpu"))
    check_loop(change(*M["generate"](model, TapeSampler(), 2, 1, 2, 4)), TAPE, model, 4)


@pytest.mark.parametrize("kind", [tuple, list, type("Pair", (tuple,), {})])
def test_a_pair_is_two_in_a_row_of_any_kind(kind):
    checked(lambda *pair: kind(pair))
    with pytest.raises(AssertionError, match="сумма энтропий ещё не среднее"):
        checked(lambda ids, mean: kind([ids, 5 * mean]))
    with pytest.raises(AssertionError, match="в паре перепутан порядок"):
        checked(lambda ids, mean: kind([mean, ids]))
    with pytest.raises(AssertionError, match="нужна пара"):
        checked(lambda ids, mean: kind([ids, mean, mean]))


@pytest.mark.parametrize(("value", "name"), [({}, "dict"), (Opaque("Texts"), "Texts")])
def test_what_came_instead_is_named_as_the_student_knows_it(value, name):
    for change in (lambda *_: value, lambda ids, mean: (value, mean), lambda ids, mean: (ids, value)):
        with pytest.raises(AssertionError, match=f"вернулся объект типа {name}\\."):
            checked(change)
    with pytest.raises(ValueError, match=f"а получила {name}$"):
        TapeModel(TAPE, torch.device("cpu"))(value)
    with pytest.raises(ValueError, match=f"а получил {name}$"):
        TapeSampler().sample(value)
