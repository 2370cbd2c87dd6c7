"""The feedback names the mistake: wrong answers to the four exact tasks get their own diagnosis, right ones none."""

import contextlib
import io
import re
import warnings

import pytest
import torch
from answer_scripts import answers, constant, namespace, scripts
from homework_answers import NONSENSE, RIGHT

from grader.cases import examine
from grader.cases.asking import LocalNotebook
from grader.misconceptions.matching import catalogue, diagnose

TASKS = ("temperature_probs", "top_k_probs", "nucleus_probs", "entropy")
PREFIXES = {
    "temperature_probs": "temperature",
    "top_k_probs": "top-k",
    "nucleus_probs": "nucleus",
    "entropy": "entropy",
}
WRONG = [name for name in scripts("wrong") if set(constant("wrong", name, "LOSES")) & set(TASKS)]
TERMS = {"softmax", "nucleus", "perplexity", "top", "min", "NaN", "ln", "k", "p", "n", "B"}  # no code, only these
SEED = 20


def examined(task, function, seed=SEED):
    """What the cases see of a function."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return examine(task, LocalNotebook({task: function}), seed)


def diagnosed(task, function, seed=SEED):
    """The name of the diagnosis of a function, or None."""
    found = diagnose(task, examined(task, function, seed).evidence)
    return found and found.name


def test_there_are_many():
    assert len(WRONG) >= 36
    for task in TASKS:
        named = {constant("wrong", name, "LOSES").get(task) for name in WRONG}
        assert {one.name for one in catalogue(task).misconceptions} <= named, task


@pytest.mark.parametrize("name", WRONG)
def test_the_mistake_is_named(name):
    ((task, expected),) = constant("wrong", name, "LOSES").items()
    assert set(answers("wrong", name)) == {task}
    for seed in (SEED, SEED + 1):
        found = examined(task, namespace("wrong", name)[task], seed)
        assert found.complaint, "the cases find nothing wrong"
        diagnosis = diagnose(task, found.evidence)
        assert diagnosis is not None and diagnosis.name == expected, f"{diagnosis}; {found.complaint}"


@pytest.mark.parametrize("task", TASKS)
def test_every_mistake_costs_points_and_differs_from_every_other(task):
    """On the graded inputs: no two names for what can't be told apart."""
    for one in catalogue(task).misconceptions:
        assert examined(task, one.imitate).complaint, one.name
        assert diagnosed(task, one.imitate) == one.name


@pytest.mark.parametrize("task", TASKS)
def test_right_answers_have_no_mistake(task):
    for function in (*RIGHT[task], catalogue(task).right):
        for seed in (SEED, SEED + 1, SEED + 2):
            assert diagnosed(task, function, seed) is None


@pytest.mark.parametrize("name", scripts("right"))
def test_right_scripts_have_no_mistake(name):
    space = namespace("right", name)
    for task in TASKS:
        assert diagnosed(task, space[task]) is None


UNKNOWN = {
    "temperature_probs": [
        lambda z, t: (z.float() / (1.1 * t)).softmax(1),
        lambda z, t: (z.float() / t**0.5).softmax(1),
        lambda z, t: torch.rand_like(z.float()).softmax(1),
        lambda z, t: (z.float() / t).softmax(1).flip(1),
    ],
    "top_k_probs": [
        lambda z, k: RIGHT["top_k_probs"][0](z, 2 * k),
        lambda z, k: RIGHT["top_k_probs"][0](z, k) ** 2,
        lambda z, k: RIGHT["top_k_probs"][0](z, k).roll(1, 1),
    ],
    "nucleus_probs": [
        lambda q, p: RIGHT["nucleus_probs"][0](q, p**2),
        lambda q, p: RIGHT["nucleus_probs"][0](q, p).roll(1, 1),
        lambda q, p: RIGHT["top_k_probs"][0](q.log(), 3),
    ],
    "entropy": [
        lambda q: 2 * RIGHT["entropy"][0](q),
        lambda q: RIGHT["entropy"][0](q) + 1,
        lambda q: q.std(1),
    ],
}


@pytest.mark.parametrize("task", TASKS)
def test_nothing_is_said_of_unknown_mistakes(task):
    for function in UNKNOWN[task]:
        found = examined(task, function)
        assert found.complaint and diagnose(task, found.evidence) is None


def test_softmax_of_scaled_log_probabilities_is_temperature():
    assert diagnosed("temperature_probs", lambda z, t: (z.float().log_softmax(1) / t).softmax(1)) is None
    power = diagnosed("temperature_probs", lambda z, t: (z.float().log_softmax(1) * t).softmax(1))
    assert power == "temperature-multiplied"


def test_what_is_plain_to_see():
    expected = {"None": "no-return", "text": "wrong-type", "list": "wrong-type", "array": "wrong-type"}
    for task in TASKS:
        assert {kind: diagnosed(task, NONSENSE[kind]) for kind in expected} == expected
        for kind in ("number", "True"):
            assert diagnosed(task, NONSENSE[kind]) == "wrong-type"
        for kind in ("empty tensor", "scalar tensor"):
            assert diagnosed(task, NONSENSE[kind]) == "wrong-shape"

        def unanswered(*_):
            raise NotImplementedError

        def broken(*_):
            raise KeyError("ой")

        assert diagnosed(task, unanswered) == "not-answered"
        assert diagnosed(task, broken) == "raises-error"
        assert "KeyError: 'ой'" in diagnose(task, examined(task, broken).evidence).sentence


@pytest.mark.parametrize("task", TASKS)
def test_every_sentence_is_one_for_a_student(task):
    sentences: dict[str, str] = {}
    for one in catalogue(task).misconceptions:
        assert one.task == task and re.fullmatch(PREFIXES[task] + r"(-[a-z0-9]+)+", one.name)
        assert sentences.setdefault(one.name, one.sentence) == one.sentence, "forms of one mistake share a sentence"
    assert len(set(sentences.values())) == len(sentences)
    for sentence in sentences.values():
        assert re.match("[А-ЯЁ]", sentence) and sentence.endswith((".", "?")), sentence
        assert 1 <= len(re.findall(r"[.?!](?= |$)", sentence)) <= 2, sentence
        words = re.findall("[A-Za-z_]+", sentence)
        assert all(word.lower() in {term.lower() for term in TERMS} for word in words), sentence
        assert not re.search(r"[()]\S*[()]=|==|\w\(|\bт(ы|ебе|воё)\b", sentence), sentence
