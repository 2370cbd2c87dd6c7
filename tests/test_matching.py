"""How observations are weighed against known mistakes: what is named, and above all what is not."""

import time

import numpy as np
import pytest
import torch

from grader.cases import examine
from grader.cases.asking import LocalNotebook
from grader.misconceptions.base import Draws, Evidence, Misconception, Observation, Raised
from grader.misconceptions.catalogue import Catalogue, forms
from grader.misconceptions.comparing import ByToken, Comparison, FormOnly, Level, NotRefused, outcome_of, run
from grader.misconceptions.matching import MODULES, Trial, diagnose
from grader.misconceptions.plain import plain_diagnosis

RNG = np.random.default_rng(3)
INPUTS = [torch.from_numpy(RNG.normal(size=(3, 5))).float() for _ in range(40)]
DOUBLED, HALVED, SQUARED = (
    Misconception("doubled", "task", "Вдвое.", lambda x: 2 * x),
    Misconception("halved", "task", "Пополам.", lambda x: x / 2),
    Misconception("squared", "task", "Квадрат.", lambda x: x**2),
)
KNOWN = Catalogue("task", (DOUBLED, HALVED, SQUARED), right=lambda x: x.clone())


def seen(function, inputs=INPUTS):
    """The evidence about a function."""
    observations = []
    for one in inputs:
        given = one.clone()
        try:
            value = function(given)
        except Exception as error:
            value = Raised(type(error).__name__, str(error))
        observations.append(Observation((one,), value, not torch.equal(one, given)))
    return Evidence(observations)


def named(evidence, known=KNOWN):
    """The name of the best explanation, or None."""
    best = Trial(known, evidence).best()
    return best and best.name


# --- observations


def test_a_mistake_is_named_by_what_it_does():
    assert named(seen(lambda x: x + x)) == "doubled"
    assert named(seen(lambda x: torch.stack([row.square() for row in x]))) == "squared"


def test_a_right_answer_and_an_unknown_mistake_have_no_name():
    assert named(seen(lambda x: x * 1.0)) is None
    assert named(seen(lambda x: 2.1 * x)) is None
    assert named(Evidence()) is None


def test_nearly_everything_must_be_explained():
    def mostly_doubled(share):
        right = {id(one) for one in INPUTS[: round(share * len(INPUTS))]}
        return Evidence([Observation((x,), x.clone() if id(x) in right else 2 * x) for x in INPUTS])

    assert named(mostly_doubled(0.05)) == "doubled"
    assert named(mostly_doubled(0.1)) is None


def test_of_equals_the_first_is_named_and_of_others_the_better():
    worse = Misconception("worse", "task", "Почти.", lambda x: 2 * x if x[0, 0] < 1.9 else x)
    again = Misconception("again", "task", "Снова.", lambda x: x + x)
    assert named(seen(lambda x: 2 * x), Catalogue("task", (worse, DOUBLED, again), KNOWN.right)) == "doubled"


def test_forms_share_name_and_sentence():
    both = forms("scaled", "task", "Масштаб.", lambda x: 2 * x, lambda x: 3 * x)
    assert {(one.name, one.sentence) for one in both} == {("scaled", "Масштаб.")}
    assert named(seen(lambda x: x + x + x), Catalogue("task", both, KNOWN.right)) == "scaled"


def test_of_two_mistakes_the_one_in_the_values_is_named():
    def in_place(x):
        x *= 2
        return x

    def often_stopping(x):
        if x[0, 0] > 0.5:
            raise IndexError
        return 2 * x

    for function in (in_place, often_stopping, lambda x: (2 * x).double(), lambda x: (2 * x)[None]):
        assert named(seen(function)) == "doubled"
    assert named(seen(lambda x: x.double())) is None


def test_an_answer_that_mostly_stops_is_not_judged_by_the_rest():
    def stopping(x):
        if x[0, 0] > -0.3:
            raise IndexError
        return 2 * x

    assert named(seen(stopping)) is None


def test_an_imitation_that_stops_explains_an_answer_that_does():
    def stops(x):
        if x[0, 0] > 1:
            raise ValueError("ours")
        return x.clone()

    known = Catalogue("task", (Misconception("stops", "task", "Стоп.", stops),), KNOWN.right)
    assert named(seen(stops), known) == "stops"
    assert named(seen(lambda x: x / 0 if x[0, 0] > 1 else x.clone()), known) is None


# --- outcomes


def alike(one, other, **how):
    return Comparison(1e-5, **how).alike(outcome_of(one), outcome_of(other))


def test_outcomes_are_compared_by_type_shape_dtype_and_values():
    x = torch.tensor([1.0, float("nan"), float("inf")])
    assert alike(x, x.clone()) and alike(x, x + 1e-7)
    assert not alike(x, torch.tensor([1.0, float("nan"), -float("inf")]))
    assert not alike(x, x.double()) and alike(x, x.double(), level=Level.VALUES)
    assert not alike(x, x[None]) and alike(x, x[None], level=Level.VALUES)
    assert not alike(torch.tensor(2.0), 2.0) and alike(torch.tensor(2.0), 2.0, level=Level.VALUES)
    assert not alike(x, None) and not alike(x, "1") and not alike(x, [1.0, 2.0, 3.0])
    assert alike(Raised("KeyError", "a"), Raised("KeyError", "b"))
    assert not alike(Raised("KeyError"), Raised("IndexError"))
    assert not alike(Raised("KeyError"), x, level=Level.ANSWERS)


def test_a_leak_counts_however_small():
    one, other = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 1e-8]])
    assert alike(one, other) and not alike(one, other, support=True)


def test_tokens_of_equal_value_may_be_swapped():
    key = np.array([[2.0, 1.0, 1.0, 0.0]])
    one, swapped, moved = (
        torch.tensor([row]) for row in ([0.6, 0.4, 0.0, 0.0], [0.6, 0.0, 0.4, 0.0], [0.6, 0.0, 0.0, 0.4])
    )
    assert alike(one, swapped, key=key) and not alike(one, moved, key=key) and not alike(one, swapped)


def test_parts_may_be_left_open_or_stand_for_their_form():
    tokens, entropies = torch.tensor([1, 2]), torch.tensor([0.5, 0.7])
    seen_pair = (tokens, entropies)
    assert alike((None, entropies), seen_pair) and alike((FormOnly(torch.tensor([0, 0])), entropies), seen_pair)
    assert not alike((FormOnly(torch.tensor([0, 0], dtype=torch.int32)), entropies), seen_pair)
    assert not alike((tokens, None), (tokens, entropies, None)) and not alike((tokens, -entropies), seen_pair)


def test_a_pair_by_the_drawn_token():
    table = torch.tensor([[0.1, 0.5, 0.9], [0.2, 0.4, 0.7]])
    assert alike((None, ByToken(table)), (torch.tensor([1, 2]), torch.tensor([0.5, 0.7])))
    assert not alike((None, ByToken(table)), (torch.tensor([1, 1]), torch.tensor([0.5, 0.7])))
    assert not alike((None, ByToken(table)), (torch.tensor([1, 3]), torch.tensor([0.5, 0.7])))


def test_what_should_have_been_refused():
    for level in Level:
        assert alike(NotRefused(), (1, 2), level=level) and alike(NotRefused(), Raised("KeyError"), level=level)
        assert not alike(NotRefused(), Raised("ValueError"), level=level)
        assert not alike(Raised("ValueError"), NotRefused(), level=level)


def test_our_own_code_runs_on_copies():
    given = torch.tensor([[1.0, float("nan")]])
    outcome = run(lambda x: x.add_(1), (given,))
    assert outcome.changed and given[0, 0] == 1
    assert not run(lambda x: x + 1, (given,)).changed
    assert run(lambda x: x[7], (given,)).type_name == "IndexError"


# --- draws

RIGHT = np.array([0.5, 0.3, 0.2, 0.0])


def shares(weights):
    return weights / weights.sum(axis=1, keepdims=True)


FLAT, SQUARES, LEAKY = (
    Misconception("flat", "task", "Ровно.", distribution=lambda rows: shares((rows > 0).astype(float))),
    Misconception("squares", "task", "Квадраты.", distribution=lambda rows: shares(rows**2)),
    Misconception("leaky", "task", "Течь.", distribution=lambda rows: shares(rows + 0.01)),
)
EQUAL_ROWS = Misconception("equal rows", "task", "Один жребий.", signs=frozenset({"rows-equal"}))
DRAWING = Catalogue(
    "task", (FLAT, SQUARES, LEAKY, EQUAL_ROWS), right=lambda x: x, form_only=True, distribution=lambda rows: rows
)


def drawn(probs, rows=2000, calls=3, seed=1, signs=()):
    """Draws from a distribution over the ranks."""
    rng = np.random.default_rng(seed)
    order = rng.permuted(np.tile(np.arange(len(RIGHT)), (rows, 1)), axis=1)
    counts = rng.multinomial(rows * calls, probs)
    return Evidence(draws=[Draws(RIGHT, {}, counts, order)], signs=set(signs))


def test_draws_are_explained_by_the_distribution_that_fits():
    assert named(drawn(RIGHT), DRAWING) is None
    assert named(drawn([1 / 3, 1 / 3, 1 / 3, 0]), DRAWING) == "flat"
    assert named(drawn(RIGHT**2 / (RIGHT**2).sum()), DRAWING) == "squares"
    assert named(drawn((RIGHT + 0.01) / 1.04), DRAWING) == "leaky"


def test_draws_that_nothing_fits_have_no_name():
    assert named(drawn([0.2, 0.3, 0.5, 0]), DRAWING) is None
    assert named(drawn([0.4, 0.33, 0.27, 0]), DRAWING) is None


def test_few_draws_decide_nothing():
    assert named(drawn([1 / 3, 1 / 3, 1 / 3, 0], rows=10), DRAWING) is None


def test_two_explanations_that_are_nearly_as_good_are_none():
    near = Misconception("near", "task", "Рядом.", distribution=lambda rows: shares((rows > 0) + 0.01 * rows))
    known = Catalogue("task", (FLAT, near), DRAWING.right, form_only=True, distribution=DRAWING.distribution)
    assert named(drawn([1 / 3, 1 / 3, 1 / 3, 0]), known) is None


def test_signs_of_dependence_need_a_mistake_that_has_them():
    assert named(drawn(RIGHT, signs=["rows-equal"]), DRAWING) == "equal rows"
    assert named(drawn([0.1, 0.1, 0.8, 0], signs=["rows-equal"]), DRAWING) == "equal rows"
    assert named(drawn(RIGHT, signs=["too-even"]), DRAWING) is None
    assert named(drawn([1 / 3, 1 / 3, 1 / 3, 0], signs=["too-even"]), DRAWING) is None


def test_a_stray_token_rules_nothing_out():
    evidence = drawn([1 / 3, 1 / 3, 1 / 3, 0])
    evidence.draws[0].counts[3] += 1
    assert named(evidence, DRAWING) == "flat"


# --- what is plain to see, and speed


def plainly(function):
    cases = Trial(KNOWN, seen(function)).cases
    found = plain_diagnosis([(case.compare(), case.right, case.seen, case.observation.outcome) for case in cases])
    return found and found.name


def test_what_is_plain_to_see():
    def halfway(x):
        return x.clone() if x[0, 0] > 0 else x / 0 * 0

    def in_place(x):
        return x.add_(1).sub(1)

    def sometimes(x):
        if x[0, 0] > 1:
            raise RuntimeError("shape '[3]' is invalid")
        return x.clone()

    expected = {
        lambda x: x.clone(): None,
        lambda x: None: "no-return",
        lambda x: x.tolist(): "wrong-type",
        lambda x: x.sum(): "wrong-shape",
        lambda x: x.double(): "wrong-dtype",
        halfway: "not-finite",
        in_place: "input-changed",
        sometimes: "raises-error",
        lambda x: x + 3: None,
        lambda x: (x + 3).double(): None,
    }
    assert {function: plainly(function) for function in expected} == expected


def test_an_exception_without_a_name_is_a_device():
    evidence = Evidence([Observation((x,), Raised("", "cuda:0")) for x in INPUTS])
    cases = Trial(KNOWN, evidence).cases
    found = plain_diagnosis([(case.compare(), case.right, case.seen, case.observation.outcome) for case in cases])
    assert found.name == "wrong-device"


@pytest.mark.parametrize("task", list(MODULES)[:4])
def test_a_diagnosis_is_quick_even_if_there_is_none(task):
    nonsense = {"entropy": lambda x: x.amax(1)}.get(task, lambda x, y: x.float().sigmoid() ** y)
    evidence = examine(task, LocalNotebook({task: nonsense}), 1).evidence
    started = time.process_time()
    assert diagnose(task, evidence) is None
    assert time.process_time() - started < 0.5
