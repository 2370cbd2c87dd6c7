"""The visible checks: right answers pass, known mistakes get their hint, and the examples are true."""

import ast
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from homework_answers import NONSENSE, RIGHT, M, model_answers, sampler_with
from homework_mistakes import WRONG

import course_lib
from course_lib import check_examples as examples
from course_lib import checks
from grader import reference

CHECKS = {name: getattr(checks, f"check_{name}") for name in RIGHT}


def close(got, expected):
    np.testing.assert_allclose(np.asarray(got), np.asarray(expected), atol=6e-5)


def test_all_model_answers_pass_in_ten_seconds(capsys):
    began = time.process_time()
    for name, check in CHECKS.items():
        check(M[name])
    checks.check_sampler(M["Sampler"])
    checks.check_generate(M["generate"])
    assert time.process_time() - began < 10
    printed = capsys.readouterr()
    assert printed.out.count("✓") == 7 and printed.err == ""


@pytest.mark.parametrize(("name", "key"), [(name, key) for name in RIGHT for key in range(len(RIGHT[name]))])
def test_other_right_answers_pass(name, key):
    CHECKS[name](RIGHT[name][key])


HINTS = {
    "temperature_probs": {
        "multiplied": "острее",
        "ignored": "не повлияла",
        "twice": "дважды",
        "probs over T": "поделённые вероятности",
        "over the batch": "каждая строка",
        "softmax twice": "softmax взят дважды",
        "softmax of probabilities": "готовые вероятности",
        "overflow": "переполняется",
        "dtype": "float32",
        "in place": "входной тензор изменился",
        "squeezed": "Батч из одной строки",
    },
    "top_k_probs": {
        "k + 1": "больше, чем k",
        "k - 1": "меньше, чем k",
        "smallest": "маловероятные",
        "filler 0": "exp",
        "no renormalisation": "складываться в единицу",
        "first k": "номер токена",
        "not cut": "ничего не отсечено",
    },
    "nucleus_probs": {
        "exclusive": "не дотягивает",
        "one too many": "лишний",
        "sorted mask": "порядок",
        "sorted order": "на места",
        "no renormalisation": "складываться в единицу",
        "not cut": "ничего не отсечено",
        "ascending": "С какого конца",
        "first row guarded": "Первая строка батча",
    },
    "entropy": {
        "bits": "битах",
        "NaN at 0": "ln 0",
        "mean over the batch": "форма",
        "sign": "знак",
        "mean over tokens": "сумма",
        "perplexity": "перплексия",
        "large epsilon": "энтропия|логарифм|ожидается",
    },
    "draw": {
        "arg max": "самый вероятный",
        "uniform over the kept": "частотой",
        "reseeded": "два вызова",
        "one number for all rows": "одинаковые строки|частотой",
        "rank": "места в отсортированной",
        "kept dimension": "форма",
        "int32": "int64",
    },
}


@pytest.mark.parametrize(("name", "mistake"), [(name, mistake) for name in HINTS for mistake in HINTS[name]])
def test_known_mistakes_get_their_hint(name, mistake):
    with pytest.raises(AssertionError, match=HINTS[name][mistake]) as caught:
        CHECKS[name](WRONG[name][mistake])
    assert str(caught.value).startswith(name)


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_gets_a_sentence(kind):
    answer = NONSENSE[kind]
    for name, check in CHECKS.items():
        with pytest.raises(AssertionError, match=f"^{name}"):
            check(answer)
    with pytest.raises(AssertionError, match="^generate"):
        checks.check_generate(answer)
    with pytest.raises(AssertionError, match="^Sampler"):
        checks.check_sampler(lambda **_: answer(None))
    broken = type("Sampler", (), {"__init__": lambda self, **_: None, "sample": lambda self, z: answer(z)})
    with pytest.raises(AssertionError, match="^Sampler"):
        checks.check_sampler(broken)


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"temperature_probs": WRONG["temperature_probs"]["multiplied"]}, "обратную сторону"),
        ({"temperature_probs": WRONG["temperature_probs"]["ignored"]}, "не повлияла"),
        ({"entropy": WRONG["entropy"]["bits"]}, "битах"),
        ({"nucleus_probs": lambda probs, p: probs}, "после отсечения"),
        ({"top_k_probs": lambda logits, k: logits.softmax(1)}, "после отсечения"),
        ({"draw": lambda probs: probs.argmax(1)}, "самый вероятный"),
        ({"entropy": lambda probs: M["entropy"](probs).mean()}, "форма"),
    ],
)
def test_hints_about_sampler(change, hint):
    with pytest.raises(AssertionError, match=hint):
        checks.check_sampler(sampler_with(**change))


def test_missing_errors_are_named():
    base = model_answers()["Sampler"]

    def lenient(self, **settings):
        base.__init__(self, **{**settings, "temp": settings.get("temp") or 1.0})

    with pytest.raises(AssertionError, match="temp=0.0.*ValueError"):
        checks.check_sampler(type("Sampler", (base,), {"__init__": lenient}))


def test_errors_of_the_answer_come_through():
    with pytest.raises(NotImplementedError):
        checks.check_entropy(lambda probs: (_ for _ in ()).throw(NotImplementedError))


def test_examples_are_true():
    t, k, n, e = examples.TEMPERATURE, examples.TOP_K, examples.NUCLEUS, examples.ENTROPY
    close(t["right"], reference.temperature_probs(t["logits"], t["temp"]))
    close(k["right"], reference.top_k_probs(k["logits"], k["k"]))
    close(n["right"], reference.nucleus_probs(n["probs"], n["p"]))
    close(e["right"], reference.entropy(e["probs"]))
    for example in examples.SAMPLER:
        probs = reference.distribution(examples.SAMPLER_LOGITS, **example["settings"])
        close(example["right"], reference.entropy(probs))


def test_hints_are_about_what_they_say():
    """Every row of numbers beside a hint is what that mistake really gives."""
    logits = torch.tensor(examples.SAMPLER_LOGITS)
    for example in examples.SAMPLER:
        settings = example["settings"]
        truth = {
            "битах": reference.entropy(reference.distribution(logits, **settings)) / np.log(2),
            "не повлияла": reference.entropy(reference.distribution(logits, **{**settings, "temp": 1.0})),
        }
        for numbers, hint in example["hints"]:
            for word, right in truth.items():
                if word in hint:
                    close(numbers, right)
    uncut = reference.nucleus_probs(reference.temperature_probs(examples.SAMPLER_LOGITS, 2.0), 0.8)
    close(examples.SAMPLER[3]["hints"][-1][0], reference.entropy(uncut))


def test_no_example_hint_equals_the_right_answer():
    for example in (examples.TEMPERATURE, examples.TOP_K, examples.NUCLEUS, examples.ENTROPY, *examples.SAMPLER):
        for wrong, hint in example["hints"]:
            assert not np.allclose(wrong, example["right"], atol=1e-3), hint


def test_what_students_get_does_not_import_the_grader():
    for path in Path(course_lib.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "grader" for name in names), path.name
