"""A generation loop played on a tape, in a form that two plays can be compared in."""

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.tapes import Tape
from grader.cases.secret_tape import heard, perform
from grader.misconceptions.base import Raised

NOTHING = "nothing"
"""Stands for the mean entropy of a loop that returned no pair."""

Calls = list[tuple[tuple[int, ...], bool]]


def play(function: Callable, tape: Tape, n_samples: int, max_length: int) -> Any:
    """What a loop does with the arguments of an observation: see `comparable`."""
    model, sampler = perform(tape)
    try:
        result = function(model, sampler, n_samples, tape.start_id, tape.end_id, max_length)
    except Exception as error:
        return comparable(Raised(type(error).__name__, str(error)))
    return comparable(heard(result, model))


def comparable(outcome: Any) -> Any:
    """An observed outcome, so that only what matters is compared.

    (ids, mean entropy, calls) keeps of the calls only their manner. A `ValueError` keeps its message, for those that
    the tape's model and sampler raise are ours and tell what they were given.
    """
    if isinstance(outcome, Raised):
        named = f"{outcome.type_name}: {outcome.message}" if outcome.type_name == "ValueError" else outcome.type_name
        return Raised(named, outcome.message)
    *values, calls = outcome
    if len(values) == 2 and values[1] is None:
        values[1] = NOTHING
    return (*(float(value) if isinstance(value, np.floating) else value for value in values), manner(calls))


def manner(calls: Calls) -> tuple[bool, bool]:
    """(whether the model ever got more than one token at once, whether it was without a state after the first call).

    Whether the first state is None or zeros, and whether rows that have ended are still fed, is the author's business.
    """
    return any(shape[1:] != (1,) for shape, _ in calls), any(not stated for _, stated in calls[1:])
