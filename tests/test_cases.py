"""The hidden tests pass right answers, fail wrong ones with a sentence, and how rarely they err is bounded."""

import sys

import numpy as np
import pytest
import torch
from homework_answers import INF, NONSENSE, RIGHT, SENTENCE, M, model_answers
from homework_mistakes import WRONG

from course_lib.sampler import Sampler as LibrarySampler
from grader import cases, reference, statistics
from grader.cases import drawing, sampler
from grader.cases.asking import LocalNotebook

GRADES = {name: getattr(cases, f"grade_{name}") for name in RIGHT}


def each(answers):
    pairs = [(name, key) for name in answers for key in range(len(answers[name]))]
    return pytest.mark.parametrize(("name", "key"), pairs)


@each(RIGHT)
def test_right_answers_pass(name, key):
    for seed in (1, 2):
        GRADES[name](RIGHT[name][key], seed=seed)


@pytest.mark.parametrize(("name", "mistake"), [(name, mistake) for name in WRONG for mistake in WRONG[name]])
def test_wrong_answers_fail(name, mistake):
    with pytest.raises(cases.WrongAnswer) as caught:
        GRADES[name](WRONG[name][mistake], seed=3)
    assert SENTENCE.match(str(caught.value)), str(caught.value)


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_gets_a_sentence(kind):
    answer = NONSENSE[kind]
    for name, grade in GRADES.items():
        with pytest.raises(cases.WrongAnswer, match=name):
            grade(answer)
    with pytest.raises(cases.WrongAnswer, match="generate"):
        cases.grade_generate(answer)
    broken = type("Sampler", (), {"__init__": lambda self, **_: None, "sample": lambda self, z: answer(z)})
    for cls in (broken, answer):
        with pytest.raises(cases.WrongAnswer, match="Sampler"):
            cases.grade_sampler(cls)


def test_errors_of_an_answer_are_named():
    def raises(*_):
        raise KeyError("ой")

    def unanswered(*_):
        raise NotImplementedError

    for grade in (*GRADES.values(), cases.grade_generate):
        with pytest.raises(cases.WrongAnswer, match="KeyError"):
            grade(raises)
        with pytest.raises(cases.WrongAnswer, match="пока нет ответа"):
            grade(unanswered)


def test_stderr_of_an_answer_is_harmless(capsys):
    def noisy(probs):
        print("осторожно", file=sys.stderr)
        return M["entropy"](probs)

    cases.grade_entropy(noisy)
    printed = capsys.readouterr()
    assert printed.err == "" and "осторожно" in printed.out


# --- chance


def test_false_alarm_bound_counts_every_test_that_a_right_answer_meets(monkeypatch):
    """Every threshold that is asked for, every count of leaks and every look at regularity is in the sum."""
    met = []
    for name in ("g_threshold", "too_even", "matched_too_often", "repeats_at_a_distance"):
        original = getattr(statistics, name)
        monkeypatch.setattr(statistics, name, lambda *args, of=original, **more: met.append(args) or of(*args, **more))
    for task in ("draw", "Sampler"):
        assert cases.examine(task, LocalNotebook(model_answers()), 5).complaint is None
    names = [name for name, _ in [*drawing.tests(), *sampler.tests()]]
    assert len(names) + len(sampler.tests()) == len(cases.randomised_tests())  # a Sampler may be lent helpers
    once = [name for name in names if not name.endswith(("equal rows", "zeros"))]
    asked_again = 2 * sum(": calls " in name for name in once) + 3 * sum(": repeats" in name for name in once)
    assert len(once) <= len(met) <= len(once) + asked_again  # the same numbers and the same verdict
    assert 0 < cases.false_alarm_bound() <= 1e-9


def test_a_test_that_is_asked_again_gives_the_same_verdict():
    """The frequencies look at the calls' independence once more: the same numbers, so no further chance to fail."""
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 4, (2, 500))
    assert statistics.independent(first, second, 4) == statistics.independent(first, second, 4)


@pytest.mark.slow
def test_right_answers_pass_many_times():
    for seed in range(60):
        cases.grade_draw(RIGHT["draw"][seed % len(RIGHT["draw"])], seed=seed)
        for name in ("temperature_probs", "top_k_probs", "nucleus_probs", "entropy"):
            GRADES[name](RIGHT[name][seed % len(RIGHT[name])], seed=seed)


# --- the reference


def test_three_forms_agree():
    rng = np.random.default_rng(12)
    logits = torch.tensor(rng.normal(0, 2, (4, 30)), dtype=torch.float32)
    for prob_mode in reference.PROB_MODES:
        for sample_mode in ("random", "nucleus"):
            settings = {"prob_mode": prob_mode, "sample_mode": sample_mode, "temp": 0.8, "k": 7, "p": 0.6}
            right = reference.distribution(logits.double().numpy(), **settings)
            np.testing.assert_allclose(LibrarySampler(**settings).probs(logits).numpy(), right, atol=1e-5)
            entropy = M["Sampler"](**settings).sample(logits)[1]
            np.testing.assert_allclose(entropy.numpy(), reference.entropy(right), atol=1e-4)


def test_reference_by_hand():
    assert reference.top_k_probs([[0.0, -INF, np.log(3.0)]], 2).tolist() == [
        [pytest.approx(0.25), 0, pytest.approx(0.75)]
    ]
    assert reference.nucleus_probs([[0.2, 0.5, 0.3]], 0.7).tolist() == [[0, pytest.approx(0.625), pytest.approx(0.375)]]
    assert reference.nucleus_probs([[0.2, 0.5, 0.3]], 1).tolist() == [[0.2, 0.5, 0.3]]
    assert reference.entropy([[0.5, 0.5, 0.0], [1, 0, 0]]).tolist() == pytest.approx([np.log(2), 0])
    with pytest.raises(ValueError, match="beam"):
        reference.distribution([[0.0]], "temperature", "beam")
