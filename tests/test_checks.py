"""The visible checks: right answers pass, known mistakes get their hint, and the examples are true."""

import ast
import contextlib
import io
import itertools
import re
from functools import cache
from pathlib import Path

import pytest
import torch
from answer_scripts import answers, constant, namespace, scripts
from homework_answers import NONSENSE, RIGHT, M, model_answers, sampler_with
from homework_mistakes import WRONG

import course_lib
from course_lib import check_examples as examples
from course_lib import check_hints, check_mistakes, checks
from course_lib.check_draws import EVEN_ROWS, fits, statistic
from course_lib.check_failures import CheckFailed
from grader import bonus_mistakes, reference, visible
from grader.misconceptions.matching import catalogue

BONUS = ("min_p_probs", "typical_probs", "repetition_penalty")
CHECKS = {name: getattr(checks, f"check_{name.lower()}") for name in [*RIGHT, "Sampler", "generate", *BONUS]}
NUMBERS_ONLY = re.compile(r"ожидается \[|выпал с частотой|равна -?\d|а случилась|а ничего не случилось")
"""What is said where no idea is recognised, but that the numbers differ."""


def complaint(name, answer):
    """The sentence of the check, or "" if it passes."""
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            CHECKS[name](answer)
        except CheckFailed as failure:
            return str(failure)
    return ""


# --- right answers


def test_all_model_answers_pass(capsys):
    for name, check in CHECKS.items():
        check(M[name])
    printed = capsys.readouterr()
    assert printed.out.count("✓") == len(CHECKS) and printed.err == ""


@pytest.mark.parametrize(("name", "key"), [(name, key) for name in RIGHT for key in range(len(RIGHT[name]))])
def test_other_right_answers_pass(name, key):
    CHECKS[name](RIGHT[name][key])


@pytest.mark.parametrize("script", scripts("right"))
def test_right_submissions_pass(script):
    space = namespace("right", script)
    assert {name: complaint(name, space[name]) for name in CHECKS} == dict.fromkeys(CHECKS, "")


# --- wrong answers

LOST = [
    (script, task)
    for script in scripts("wrong")
    for task in constant("wrong", script, "LOSES")
    if answers("wrong", script).get(task)  # the others are not answered at all
    and not constant("wrong", script, "ONLY_HIDDEN")
]


@cache
def complaint_about(script, task):
    """What the check says about an answer of a wrong submission."""
    return complaint(task, namespace("wrong", script)[task])


@pytest.mark.parametrize(("script", "task"), LOST)
def test_wrong_submissions_fail_with_one_sentence(script, task):
    if script == "raises":
        with pytest.raises(ValueError, match="only one element"):
            CHECKS[task](namespace("wrong", script)[task])
        return
    assert is_one_sentence(complaint_about(script, task))


def test_nearly_all_wrong_submissions_are_told_the_idea(record_property):
    said = {(script, task): complaint_about(script, task) for script, task in LOST if script != "raises"}
    vague = [key for key, sentence in said.items() if NUMBERS_ONLY.search(sentence)]
    record_property("share with the idea", 1 - len(vague) / len(said))
    assert len(vague) <= 0.02 * len(said), vague


def test_a_mistake_without_a_hint_is_a_key_error():
    assert check_hints.hint("top-k-in-place") == check_hints.SHARED["in-place"]
    with pytest.raises(KeyError, match="no-such-mistake"):
        check_hints.hint("no-such-mistake")


def has_hint(name):
    """Whether there is a sentence about the mistake."""
    try:
        check_hints.hint(name)
    except KeyError:
        return False
    return True


def test_most_hints_are_about_the_very_mistake():
    """The sentence is that of the diagnosis which the grader must give."""
    alike, others = 0, []
    for script, task in LOST:
        diagnosis = constant("wrong", script, "LOSES")[task]
        if task == "generate" or not has_hint(diagnosis):
            continue
        sentence = complaint_about(script, task)
        right = check_hints.hint(diagnosis) in sentence
        alike += right
        others += [] if right else [(script, sentence)]
    assert len(others) <= 0.05 * (alike + len(others)), others


HINTS = {
    "temperature_probs": {
        "multiplied": "острее",
        "ignored": "не зависит от T",
        "twice": "дважды",
        "probs over T": "общий множитель",
        "power of T": "острее",
        "over the batch": "каждая строка",
        "softmax twice": "softmax взят дважды",
        "softmax of probabilities": "готовые вероятности",
        "overflow": "переполняется",
        "half precision": "половинной",
        "double": "float64",
        "in place": "входной тензор",
        "squeezed": "батч из одной строки",
        "log-probabilities": "логарифмы",
        "hot by one tenth": "ожидается",
    },
    "top_k_probs": {
        "k + 1": "больше, чем k",
        "k - 1": "меньше, чем k",
        "smallest": "маловероятные",
        "filler 0": "exp",
        "no renormalisation": "складываться в единицу",
        "over the batch": "из всего батча",
        "k > V crash": "k больше словаря",
        "first k": "номер токена",
        "not cut": "все токены по-прежнему возможны",
    },
    "nucleus_probs": {
        "exclusive": "не дотягивает",
        "exclusive, unguarded": "пустым",
        "sorted mask": "порядок",
        "sorted order": "на местах",
        "no renormalisation": "складываться в единицу",
        "not cut": "все токены по-прежнему возможны",
        "ascending": "с какого конца",
        "first row guarded": "первая строка батча",
        "tail mass": "а не того, что отрезают",
    },
    "entropy": {
        "bits": "битах",
        "NaN at 0": "ln 0",
        "mean over the batch": "одно среднее",
        "sign": "знак",
        "mean over tokens": "сумма",
        "perplexity": "перплексия",
        "large epsilon": "добавка",
        "over the batch": "поперёк батча",
        "squeezed": "батч из одной строки",
        "kept dimension": "лишняя ось",
        "double": "float64",
        "Gini": "Джини",
    },
    "draw": {
        "arg max": "самый вероятный",
        "uniform over the kept": "одинаково часто",
        "reseeded": "два вызова",
        "one number for all rows": "одинаковые строки",
        "rank": "места в отсортированной",
        "kept dimension": "лишняя ось",
        "int32": "int64",
        "one-hot": "из нулей и единиц",
        "quotas": "слишком точны",
        "first row for all": "вероятностям первой",
        "leaky": "вероятностью 0",
        "Gumbel sign": "шум",
    },
}


@pytest.mark.parametrize(("name", "mistake"), [(name, mistake) for name in HINTS for mistake in HINTS[name]])
def test_known_mistakes_get_their_hint(name, mistake):
    assert re.search(rf"^{name}: .*{HINTS[name][mistake]}", complaint(name, WRONG[name][mistake]))


TIES = ("top_k_probs", "ties dropped")  # any choice among equal logits at the boundary is right, so none is asked for
MISTAKES = [(name, mistake) for name in WRONG for mistake in WRONG[name] if (name, mistake) != TIES]


@pytest.mark.parametrize(("name", "mistake"), MISTAKES)
def test_no_mistake_passes(name, mistake):
    with pytest.raises(Exception, match=".") as caught:
        CHECKS[name](WRONG[name][mistake])
    assert not isinstance(caught.value, CheckFailed) or is_one_sentence(str(caught.value))


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_gets_a_sentence(kind):
    answer = NONSENSE[kind]
    for name in CHECKS:
        if name != "Sampler":
            assert is_one_sentence(complaint(name, answer)), name
    broken = type("Sampler", (), {"__init__": lambda self, **_: None, "sample": lambda self, z: answer(z)})
    for cls in (broken, lambda **_: answer(None)):
        assert is_one_sentence(complaint("Sampler", cls))


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"temperature_probs": WRONG["temperature_probs"]["multiplied"]}, "обратную сторону"),
        ({"temperature_probs": WRONG["temperature_probs"]["ignored"]}, "температура забыта"),
        ({"entropy": WRONG["entropy"]["bits"]}, "битах"),
        ({"nucleus_probs": lambda probs, p: probs}, "ничего не отсекает"),
        ({"top_k_probs": lambda logits, k: logits.softmax(1)}, "ничего не отсекает|отсечение"),
        ({"draw": lambda probs: probs.argmax(1)}, "самый вероятный"),
        ({"entropy": lambda probs: M["entropy"](probs).mean()}, "одна энтропия на весь батч"),
    ],
)
def test_hints_about_sampler(change, hint):
    with pytest.raises(CheckFailed, match=hint):
        checks.check_sampler(sampler_with(**change))


def test_missing_errors_are_named():
    base = model_answers()["Sampler"]

    def lenient(self, **settings):
        base.__init__(self, **{**settings, "temp": settings.get("temp") or 1.0})

    with pytest.raises(CheckFailed, match=r"temp=0\.0"):
        checks.check_sampler(type("Sampler", (base,), {"__init__": lenient}))


def refusing(what, error):
    """A right Sampler but for an exception of its own, where `what(sampler's settings, logits)` holds."""

    class Refusing(model_answers()["Sampler"]):
        def __init__(self, **settings):
            if what(settings, None):
                raise error("сломалось")
            super().__init__(**settings)

        def sample(self, logits):
            if what({}, logits):
                raise error("сломалось")
            return super().sample(logits)

    return Refusing


def test_an_assert_is_not_told_that_it_agreed():
    with pytest.raises(CheckFailed, match=r"temp=0\.0.*не того класса"):
        checks.check_sampler(refusing(lambda settings, _: settings.get("temp", 1.0) <= 0, AssertionError))


@pytest.mark.parametrize(
    "what",
    [
        lambda settings, _: bool(settings) and settings.get("k") is None,
        lambda _, logits: logits is not None and logits.dim() == 2 and bool((logits == -torch.inf).any()),
    ],
    ids=["k is always asked for", "no logit may be -inf"],
)
def test_a_sampler_that_refuses_too_much_is_told_so(what):
    with pytest.raises(CheckFailed, match="хотя работать можно"):
        checks.check_sampler(refusing(what, ValueError))


def test_precision_lost_on_large_logits_is_called_so():
    def subtracting(logits, temp):
        scaled = logits.float() / temp
        return (scaled - scaled.logsumexp(dim=-1, keepdim=True)).exp()

    assert "точности не хватило" in complaint("temperature_probs", subtracting)


# --- exceptions


def test_errors_of_the_answer_come_through():
    for name in RIGHT:
        with pytest.raises(NotImplementedError):
            CHECKS[name](lambda *_: (_ for _ in ()).throw(NotImplementedError))
    with pytest.raises(ZeroDivisionError):
        checks.check_draw(lambda probs: 1 / 0)


@pytest.mark.parametrize("error", [RuntimeError, IndexError, ValueError, AssertionError, KeyError, NotImplementedError])
@pytest.mark.parametrize("name", [*RIGHT, "generate", *BONUS])
def test_no_exception_on_the_way_is_taken_for_a_right_answer(name, error, capsys):
    """An answer that is right but for one call in which it stops never gets its tick."""
    for bad in range(3):
        calls = itertools.count()

        def answer(*args, calls=calls, bad=bad):
            if next(calls) == bad:
                raise error("сломалось")
            return M[name](*args)

        with contextlib.suppress(CheckFailed, error):
            CHECKS[name](answer)
    assert "✓" not in capsys.readouterr().out


def test_a_sampler_that_stops_once_gets_no_tick(capsys):
    counter = itertools.count()

    class Counted(M["Sampler"]):
        def sample(self, logits):
            next(counter)
            return super().sample(logits)

    checks.check_sampler(Counted)
    assert capsys.readouterr().out.count("✓") == 1
    for bad in range(next(counter)):
        calls = itertools.count()

        class Once(M["Sampler"]):
            def sample(self, logits, calls=calls, bad=bad):
                if next(calls) == bad:
                    raise RuntimeError("сломалось")
                return super().sample(logits)

        with pytest.raises((CheckFailed, RuntimeError)):
            checks.check_sampler(Once)
    assert "✓" not in capsys.readouterr().out


# --- bonus tasks


@pytest.mark.parametrize("task", BONUS)
def test_a_bonus_task_not_written_yet_is_no_error_and_no_tick(task, capsys):
    CHECKS[task](lambda *_: (_ for _ in ()).throw(NotImplementedError("Здесь будет ваше решение")))
    printed = capsys.readouterr().out
    assert "○" in printed and "✓" not in printed


@pytest.mark.parametrize("task", BONUS)
def test_mistakes_in_bonus_tasks_get_their_hint(task):
    for mistake in bonus_mistakes.CATALOGUES[task].misconceptions:
        sentence = complaint(task, mistake.imitate)
        assert is_one_sentence(sentence), mistake.name
        known = {one.name for one in bonus_mistakes.CATALOGUES[task].misconceptions}
        assert any(check_hints.hint(name) in sentence for name in known), (mistake.name, sentence)


# --- the tables


def test_the_file_of_mistakes_is_what_the_grader_computes():
    """Run `python -m grader.visible` after a change of examples or misconceptions."""
    made, kept = visible.tables(), check_mistakes.tables()
    assert list(made) == list(kept)
    for task, table in made.items():
        assert [name for name, _ in table["mistakes"]] == [name for name, _ in kept[task]["mistakes"]], task
        rows = [table["right"], *(outcomes for _, outcomes in table["mistakes"])]
        stored = [kept[task]["right"], *(outcomes for _, outcomes in kept[task]["mistakes"])]
        assert all(map(alike, rows, stored)), task


def alike(one, other):
    """Equal but for rounding, all the way down."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float):
        return one == pytest.approx(other, rel=1e-3, abs=1e-5)
    return one == other


def test_every_mistake_in_the_file_has_one_sentence():
    names = {name for table in check_mistakes.tables().values() for name, _ in table["mistakes"]}
    assert len(names) > 120
    for name in names:
        assert is_one_sentence(f"x: {check_hints.hint(name)}"), name


def test_no_hint_is_about_a_mistake_that_nobody_knows():
    known = {one.name for task in CHECKS if task not in BONUS for one in catalogue(task).misconceptions}
    known |= {one.name for found in bonus_mistakes.CATALOGUES.values() for one in found.misconceptions}
    assert set(check_hints.HINTS) <= known


def test_right_outcomes_are_those_of_the_model_answers():
    for task in [*RIGHT, *BONUS]:
        if task != "draw":
            seen = [check_mistakes.Seen(M[task](*asked)) for asked in examples.QUESTIONS[task]]
            assert check_mistakes.first_wrong(task, seen) is None


def test_no_example_is_at_a_boundary():
    for task in ("nucleus_probs", "typical_probs"):
        for probs, p in examples.QUESTIONS[task]:
            if task == "nucleus_probs" and p < 1:
                assert reference.boundary_distance(probs.double().numpy(), p) > 5e-3
            for row in probs.double():
                far = (-row.log() + torch.xlogy(row, row).sum()).abs()
                order = far.argsort() if task == "typical_probs" else row.argsort(descending=True)
                mass = row[order].cumsum(0)
                assert p == 1 or (mass - p).abs().min() > 5e-3, (task, p)


# --- chance


def test_right_frequencies_fit_and_near_misses_do_not():
    right = torch.tensor([0.6, 0.3, 0.1, 0.0]).double().numpy()
    generator = torch.Generator().manual_seed(1)
    counts = torch.bincount(torch.multinomial(torch.tensor(right), 40_000, True, generator=generator), minlength=4)
    assert fits((counts / 40_000).double().numpy(), right, 40_000)
    assert not fits(right + [0.03, -0.03, 0, 0], right, 40_000)
    assert not fits(right * 0.999 + [0, 0, 0, 0.001], right, 40_000)
    assert statistic(right, right, EVEN_ROWS) == pytest.approx(0)


def test_examples_of_draws_have_few_kinds_so_that_the_bound_holds():
    for table in ("draw", "Sampler, draws"):
        for right in check_mistakes.tables()[table]["right"]:
            assert sum(float(share) > 0 for share in right) <= 4


# --- what students get


def test_what_students_get_does_not_import_the_grader():
    for path in Path(course_lib.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "grader" for name in names), path.name


def is_one_sentence(text):
    """Whether a complaint is a name, a colon and one sentence in Russian."""
    inner = re.sub(r"\([^)]*\)|\[[^\]]*\]", "", text)  # settings and lists
    return bool(re.match(r"^\w+.*: .*[а-яё].*[.?]$", inner, re.S)) and not re.search(r"[.?!] +[А-ЯЁA-Z]", inner)
