"""The feedback names the mistake: each wrong `draw`, `Sampler`, `generate` gets its own diagnosis, right ones none."""

import contextlib
import io

import pytest
from answer_scripts import answers, constant, namespace, scripts

from grader.cases import examine
from grader.cases.asking import LocalNotebook
from grader.misconceptions.matching import catalogue, diagnose

TASKS = ("draw", "Sampler", "generate")
WRONG = [name for name in scripts("wrong") if name.startswith(("draw-", "sampler-", "generate-"))]
RIGHT_SAMPLERS = (
    "float64-inside",
    "gumbel",
    "pure-python",
    "whole-sampler",
)  # a few: each is compared with all mistakes
SEED = 20


def examined(kind: str, name: str, task: str, seed: int = SEED):
    """What the cases found of one task of a script."""
    notebook = LocalNotebook(namespace(kind, name))
    notebook.seed(seed)
    with contextlib.redirect_stdout(io.StringIO()):
        return examine(task, notebook, seed)


def test_there_are_many():
    assert len(WRONG) >= 36


@pytest.mark.parametrize("name", WRONG)
def test_the_mistake_is_named(name):
    ((task, expected),) = constant("wrong", name, "LOSES").items()
    found = examined("wrong", name, task)
    assert found.complaint, "the cases find nothing wrong"
    diagnosis = diagnose(task, found.evidence)
    assert diagnosis is not None and diagnosis.name == expected, f"{diagnosis}; {found.complaint}"


@pytest.mark.parametrize("name", ["generate-entropy-padding", "generate-pair-swapped", "generate-state-lost"])
def test_a_mistake_in_a_list_for_the_pair_is_named_too(name):
    space = namespace("wrong", name)
    notebook = LocalNotebook({"generate": lambda *args: list(space["generate"](*args))})
    diagnosis = diagnose("generate", examine("generate", notebook, SEED).evidence)
    assert diagnosis is not None and diagnosis.name == constant("wrong", name, "LOSES")["generate"]


@pytest.mark.parametrize("name", scripts("right"))
def test_right_answers_have_no_mistake(name):
    tasks = {"draw", "generate"} if name not in RIGHT_SAMPLERS else set(TASKS)
    for task in tasks & set(answers("right", name)):
        assert diagnose(task, examined("right", name, task).evidence) is None


@pytest.mark.parametrize("task", TASKS)
def test_every_sentence_is_one_for_a_student(task):
    sentences: dict[str, set[str]] = {}
    for one in catalogue(task).misconceptions:
        assert one.task == task and one.name.startswith(f"{task.lower()}-")
        assert one.sentence[0].isupper() and one.sentence.endswith((".", "?")), one.sentence
        sentences.setdefault(one.name, set()).add(one.sentence)
    assert all(len(found) == 1 for name, found in sentences.items() if name != "draw-log-probs")
