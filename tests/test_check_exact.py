"""The visible checks of exact answers: a pair may be a tuple or a list, and its mistakes are told alike."""

import contextlib
import io

import pytest
from homework_answers import M, model_answers, sampler_with
from homework_mistakes import WRONG

from course_lib import checks
from course_lib.check_failures import CheckFailed


def answering(change, **functions):
    """A Sampler whose pair is what `change` makes of it; `functions`: wrong helpers."""
    base = sampler_with(**functions) if functions else model_answers()["Sampler"]
    return type("Sampler", (base,), {"sample": lambda self, logits: change(base.sample(self, logits))})


def complaint(cls):
    """The check's failure."""
    with contextlib.redirect_stdout(io.StringIO()), pytest.raises(CheckFailed) as caught:
        checks.check_sampler(cls)
    return caught.value


@pytest.mark.parametrize(
    "functions",
    [
        {"entropy": WRONG["entropy"]["bits"]},
        {"entropy": lambda probs: M["entropy"](probs) + 0.125},  # a mistake without a name
        {"temperature_probs": WRONG["temperature_probs"]["ignored"]},
    ],
)
def test_a_list_is_told_what_a_tuple_is_told(functions):
    told = [complaint(answering(kind, **functions)) for kind in (tuple, list)]
    assert str(told[0]) == str(told[1]) and "нужна пара" not in str(told[0])
    assert [one.picture is None for one in told] == [False, False]


def test_what_is_no_pair_is_named():
    assert "нужна пара (токены, энтропия), а вернулся объект типа dict." in str(
        complaint(answering(lambda pair: {"pair": pair}))
    )
    assert "вернулся объект типа list." in str(complaint(answering(lambda pair: [*pair, 1])))
