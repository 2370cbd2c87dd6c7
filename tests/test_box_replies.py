"""What is made of a message from a box: never more than its parts can be trusted with."""

import pytest

from grader.box.outcomes import Fault, Reply, StudentError
from grader.box.replies import clean, outcome_of


@pytest.mark.parametrize("changed, ops", [((), None), ((0, 99), 0), ((3,), 1 << 40)])
def test_a_value(changed, ops):
    assert outcome_of(("value", "x", changed, ops)) == Reply("x", changed, ops)


def test_an_error_keeps_what_has_the_right_type():
    error = outcome_of(("error", "ValueError", "Bad", "p=2", 3, "raise Bad(p)", ""))
    assert type(error) is StudentError and str(error) == "Bad: p=2 (line 3: raise Bad(p))"
    odd = outcome_of(("error", "Loud", "", "a\x1b[2Jb", True, 5, ""))
    assert (odd.kind, odd.type_name, odd.message, odd.line, odd.code) == ("", "Exception", "a [2Jb", None, None)


@pytest.mark.parametrize("line", [0, -1, 1 << 31, 2.0, "2", None])
def test_a_line_that_is_none(line):
    assert outcome_of(("error", "", "Bad", "", line, "", "")).line is None


FAULTS = {
    ("error", "", "MemoryError", "no\nmore", None, None, "memory"): ("memory", "MemoryError: no more"),
    ("error", "", "OSError", "too large", None, None, "output"): ("output", "OSError: too large"),
    ("large", "10 MiB"): ("output", "the returned value: 10 MiB"),
}


@pytest.mark.parametrize("message", FAULTS)
def test_a_limit_that_the_worker_itself_noticed(message):
    fault = outcome_of(message)
    assert type(fault) is Fault and (fault.kind, fault.detail) == FAULTS[message]


MALFORMED = [
    ("ready",),
    ("value",),
    ("value", 1, [], None),
    ("value", 1, (-1,), None),
    ("value", 1, (100,), None),
    ("value", 1, (True,), None),
    ("value", 1, (), -1),
    ("value", 1, (), True),
    ("value", 1, (), 1.0),
    ("value", 1, (), None, "more"),
    ("error", "", "Bad", 5, None, None, ""),
    ("error", "", "Bad", "", None, None, "timeout"),
    ("error", None, "MemoryError", "", None, None, "memory"),
    ("large", 5),
]


@pytest.mark.parametrize("message", MALFORMED, ids=str)
def test_anything_else_is_a_crash(message):
    fault = outcome_of(message)
    assert type(fault) is Fault and (fault.kind, fault.detail) == ("crash", "malformed reply: a reply is no message")


def test_clean_text_is_short_and_printable():
    assert clean(" a\x00\u202e\ud800b\n", 100) == "a   b"
    assert clean("a\nb\t", 100, "\n") == "a\nb"
    assert clean("y" * 1000, 5) == "yyyyy"
