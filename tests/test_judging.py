"""Gradings in real boxes: what a submission may know, what its faults cost, and that they come to an end."""

import itertools
import re
import time
from dataclasses import replace

import pytest
import torch
from answer_scripts import SET_UP, answers, model_sources
from box_sessions import nothing_stays  # noqa: F401 (a fixture for the whole module)

from grader import judging
from grader.box import policy
from grader.box.limits import Limits
from grader.box.outcomes import Fault
from grader.cases.asking import EVIDENCE_BYTES, affordable
from grader.cases.examining import Examined
from grader.cases.properties import PROPERTIES
from grader.judging import TASKS, Grading, Job
from grader.marks import Property, total
from grader.misconceptions.base import Observation
from grader.results import check

pytestmark = pytest.mark.skipif(bool(policy.missing_tools()), reason=f"not installed: {policy.missing_tools()}")

SEED = 123_456_789_012_345
TELLS = """
told_at_first = torch.initial_seed()
def entropy(probs):
    raise AssertionError(f"{told_at_first} {torch.initial_seed()}")
"""


POINTS = {task: float(sum(part.points for part in PROPERTIES[task])) for task in TASKS}
ENDLESS = "def nucleus_probs(probs, p):\n    while True:\n        pass\n"
RAISING = "def nucleus_probs(probs, p):\n    raise KeyError(p)\n"
SELF_TEST = "\nprint(Sampler(sample_mode='nucleus', p=0.9).sample(torch.randn(2, 5)))\n"
IN_ITS_BODY = "    tried = nucleus_probs(torch.tensor([[0.5, 0.5]]), 0.9)\n"
KILLS = """
import os, telling
_remember = telling.remember
def _killing(name, source):
    if name == "nucleus_probs":
        os._exit(1)
    return _remember(name, source)
telling.remember = _killing
"""


def job_of(answers, points=POINTS, seconds=10.0):
    """A job with these answers, and none to the other tasks."""
    answers = dict.fromkeys(TASKS) | answers
    limits = Limits(cpu_seconds=seconds, wall_seconds=60.0).to_dict()
    return Job(answers, [], model_sources(), SET_UP, points, "cpu", limits, SEED)


def model(*tasks):
    return {task: model_sources()[task] for task in tasks}


class TestTime:
    """`submission_seconds` is one clock for cells, tasks and examples."""

    SLEEPS = "import time\ntime.sleep({cell})\ndef entropy(probs):\n    time.sleep({call})\n    return probs\n"

    def graded(self, answers, seconds):
        job = job_of(answers)
        began = time.monotonic()
        mark = Grading(replace(job, limits={**job.limits, "submission_seconds": seconds})).grade()
        return {task.grade_id: task for task in mark.tasks}, mark, time.monotonic() - began

    @pytest.mark.parametrize("sleeps", [{"cell": 0, "call": 100}, {"cell": 100, "call": 0}], ids=["call", "cell"])
    def test_when_it_is_over_the_rest_is_lost(self, sleeps):
        answers = model(*TASKS) | {"entropy": self.SLEEPS.format(**sleeps)}
        tasks, mark, took = self.graded(answers, 4.0)
        assert took < 20  # and not the minute that one call may take
        assert mark.fault == "timeout"
        assert all(tasks[task].score == 0 for task in TASKS[3:])
        assert tasks["draw"].diagnosis == "timeout" and "проверка не дошла" in tasks["draw"].message
        if sleeps["call"]:
            assert [tasks[task].score for task in TASKS[:3]] == [POINTS[task] for task in TASKS[:3]]
            assert "бесконечного цикла" in tasks["entropy"].message

    def test_examples_come_last_and_lose_nobody_a_point(self, monkeypatch):
        shown = []

        def slow_example(task, notebook):
            shown.append(task)
            notebook.session.call("sleep", 100)

        monkeypatch.setattr(judging, "example", slow_example)
        wrong = {
            "temperature_probs": "from time import sleep\ndef temperature_probs(logits, temp):\n    return logits\n",
            "entropy": "def entropy(probs):\n    return probs.sum(-1)\n",
        }
        tasks, mark, took = self.graded(model(*TASKS) | wrong, 12.0)
        assert took < 30
        assert mark.fault is None and {task for task in TASKS if tasks[task].score < POINTS[task]} == set(wrong)
        assert shown == ["temperature_probs"] and mark.log.count("example: timeout") == 2


def test_a_task_keeps_what_a_diagnosis_can_compare():
    small, large = Observation((), torch.zeros(10)), Observation((), torch.zeros(EVIDENCE_BYTES // 12))
    text, parts = Observation((), "x" * EVIDENCE_BYTES), Observation((), [0] * (EVIDENCE_BYTES // 400))
    assert affordable([small, large, large, small, text, parts, small]) == [small, large, small, small]
    assert affordable([small] * 100) == [small] * 100


def test_an_answer_can_not_ask_for_the_seed_of_the_probes():
    mark = Grading(job_of({"entropy": TELLS})).grade()
    message = next(task.message for task in mark.tasks if task.grade_id == "entropy")
    told = [int(number) for number in re.findall(r"\d+", message)]
    assert len(told) == 2 and len(set(told)) == 2
    near = {(SEED + number) % modulus for number in range(100) for modulus in (2**31, 2**32, 2**48)}
    assert not near & set(told)


class TestLending:
    @pytest.fixture(autouse=True)
    def opened(self, monkeypatch):
        """What was lent in each box that was made; more boxes than any grading needs are a failure."""
        lent, opens = [], Grading._open

        def counted(grading):
            lent.append(set(grading.lent))
            assert len(lent) < 20, "boxes are made for ever"
            opens(grading)

        monkeypatch.setattr(Grading, "_open", counted)
        return lent

    def test_a_lent_answer_that_is_always_killed_ends_the_task(self, opened):
        answers = model(*TASKS[:3], "Sampler")
        answers["temperature_probs"] = KILLS + answers["temperature_probs"]
        mark = Grading(job_of(answers)).grade()
        assert {task.grade_id: task.score for task in mark.tasks} == POINTS | dict.fromkeys(
            ("nucleus_probs", "entropy", "draw", "Sampler", "generate"), 0.0
        )
        assert mark.fault == "crash"
        sampler = next(task for task in mark.tasks if task.grade_id == "Sampler")
        assert sampler.diagnosis == "crash" and "неожиданно завершился" in sampler.message
        assert "nucleus_probs" in set().union(*opened)  # it was lent

    def test_no_example_of_a_sampler_whose_lent_answers_fall_is_no_trouble(self):
        grading = Grading(job_of({**model(*TASKS), "temperature_probs": KILLS + model_sources()["temperature_probs"]}))
        grading.lent_in["Sampler"] = {"nucleus_probs"}
        assert grading._example("Sampler") is None
        assert grading.session is None and "Sampler: example: crash" in grading.log_text()

    @pytest.mark.parametrize(
        ("nucleus", "sampler"),
        [
            (ENDLESS, model_sources()["Sampler"]),
            (ENDLESS, model_sources()["Sampler"] + SELF_TEST),
            (RAISING, model_sources()["Sampler"] + SELF_TEST),
            (RAISING, model_sources()["Sampler"].replace("\n\n", f"\n{IN_ITS_BODY}\n", 1)),
        ],
        ids=["endless", "endless-in-the-self-test", "error-in-the-self-test", "error-in-the-class"],
    )
    def test_a_wrong_helper_costs_its_points_once(self, nucleus, sampler):
        answers = model(*TASKS[:6]) | {"nucleus_probs": nucleus, "Sampler": sampler}
        mark = Grading(job_of(answers, seconds=1.0)).grade()
        lost = {task.grade_id for task in mark.tasks if task.score < task.max_score}
        assert lost == {"nucleus_probs", "generate"}  # the latter is not there
        assert mark.fault == ("timeout" if nucleus == ENDLESS else None)
        assert "Sampler: timeout" not in mark.log

    def test_a_sampler_that_falls_by_itself_falls_with_the_right_helpers_too(self):
        answers = {"nucleus_probs": ENDLESS, "Sampler": model_sources()["Sampler"] + "\nwhile True:\n    pass\n"}
        grading = Grading(job_of(answers, seconds=1.0))
        mark = grading.grade()
        assert (mark.score, mark.fault) == (0.0, "timeout")
        assert set(grading.cell_faults) == {"Sampler"}
        assert [line.partition(":")[0] for line in mark.log.splitlines()] == ["nucleus_probs", "Sampler"]


RENAMED = {
    "another name": (
        "top_k_probs",
        ("def top_k_probs", "def topk_probs"),
        "нет функции с именем top_k_probs, а есть top",
    ),
    "no function": ("top_k_probs", None, "В ячейке нет функции с именем top_k_probs. Проверка"),
    "a class": ("Sampler", ("class Sampler", "class MySampler"), "нет класса с именем Sampler, а есть MySampler. "),
}


@pytest.mark.parametrize("case", RENAMED)
def test_a_cell_without_the_tasks_name_is_told_so(case, monkeypatch):
    """And not that the code has stopped with an exception, which it has not; nor is there an example to show."""
    monkeypatch.setattr(judging, "example", lambda task, _: pytest.fail(f"an example of {task}"))
    task, change, sentence = RENAMED[case]
    source = model_sources()[task].replace(*change) if change else "# позже"
    mark = Grading(job_of(model("temperature_probs", "generate") | {task: source})).grade()
    verdict = next(one for one in mark.tasks if one.grade_id == task)
    assert (verdict.score, verdict.diagnosis, verdict.example) == (0.0, "not-defined", None)
    assert sentence in verdict.message and "KeyError" not in f"{mark.as_json()}"
    assert {one.message for one in verdict.properties} == {f"{task}: {verdict.message}"}
    assert mark.score == POINTS["temperature_probs"] + POINTS["generate"] and mark.fault is None


def test_a_name_that_an_error_left_undefined_is_told_by_the_error(monkeypatch):
    monkeypatch.setattr(judging, "example", lambda task, _: pytest.fail(f"an example of {task}"))
    mark = Grading(job_of({"entropy": "base = 1 / 0\n" + model_sources()["entropy"]})).grade()
    verdict = next(one for one in mark.tasks if one.grade_id == "entropy")
    assert verdict.diagnosis == "raises-error" and "ZeroDivisionError" in verdict.message


@pytest.mark.parametrize("name", ["named-tuple", "list-pairs"])
def test_pairs_of_every_kind_get_all_points(name):
    mark = Grading(job_of(model(*TASKS) | answers("right", name))).grade()
    assert {task.grade_id: task.score for task in mark.tasks} == POINTS


def test_parameters_are_tensors():
    wrapped = "\n\n_plain = {0}\ndef {0}(*args):\n    return torch.nn.Parameter(_plain(*args))\n".format("entropy")
    mark = Grading(job_of({"entropy": model_sources()["entropy"] + wrapped})).grade()
    assert mark.score == POINTS["entropy"]


STRANGE = {
    **{task: f"import numpy as np\ndef {task}(*_):\n    return np.zeros((3, 3))\n" for task in TASKS[:4]},
    "draw": "def draw(probs):\n    return {1: probs}\n",
    "Sampler": "class Sampler:\n    __init__ = lambda self, **_: None\n    sample = lambda self, logits: {1, 2}\n",
}
LOOPS = {
    "a dict": "return {'ids': 1}",
    "ids": "return {1: 2}, 0.5",
    "mean": "return torch.full((n, 1), start), {1: 2}",
    "asks": "return model({1: 2})",
    "asks for a token": "return sampler.sample({1: 2})",
}


@pytest.mark.parametrize("loop", LOOPS)
def test_the_grader_does_not_speak_of_its_own_classes(loop):
    """A value that can't leave the box is named as the student knows it."""
    generate = f"def generate(model, sampler, n, start, *rest):\n    {LOOPS[loop]}\n"
    mark = Grading(job_of(STRANGE | {"generate": generate})).grade()
    assert "Opaque" not in f"{mark.as_json()}"
    messages = {task.grade_id: task.properties[-1].message for task in mark.tasks}
    assert "ndarray" in messages["entropy"] and "dict" in messages["generate"]


@pytest.mark.parametrize(("name", "shown"), [("\x1b[2J\u202eOdd\n", "[2J Odd"), ("\x1b\n", "object")])
def test_the_name_of_a_class_is_no_way_for_control_characters(name, shown):
    kind = f"type({name!r}, (), {{}})()"
    answers = {
        "entropy": f"def entropy(probs):\n    return {kind}\n",
        "Sampler": f"class Sampler:\n    __init__ = lambda self, **_: None\n    sample = lambda self, logits: {kind}\n",
        "generate": f"def generate(model, *rest):\n    return {kind}, 0.5\n",
        "draw": f"def draw(probs):\n    return [{kind}]\n",
    }
    mark = Grading(job_of(answers)).grade()
    messages = [one.message for task in mark.tasks for one in task.properties]
    assert all(message.isprintable() for message in messages)
    assert sum(f"объект типа {shown}." in message for message in messages) >= 3


@pytest.mark.parametrize("points", [0.5, 1, 2, 3.5, 4, 7, 0.1, 1.4])
@pytest.mark.parametrize("task", TASKS)
def test_points_are_full_exactly_if_nothing_is_lost(task, points):
    """A task's points may be any number, and a sum of its parts' shares is a little more or less."""
    grading = Grading(job_of({}, {**POINTS, task: points}))
    for passed in itertools.product((True, False), repeat=len(PROPERTIES[task])):
        examined = Examined(task)
        for part, has in zip(PROPERTIES[task], passed, strict=True):
            score = part.points if has else 0.0
            examined.properties.append(Property(part.name, part.title, score, part.points, None if has else "Нет."))
        fault = None if all(passed) else Fault("crash", "so that no example is asked for")
        verdict = grading._verdict(task, examined, fault)
        assert (verdict.score == points) == all(passed) and (verdict.score == 0) == (not any(passed))
        assert verdict.score == pytest.approx(points * examined.score / POINTS[task])
        assert (verdict.message is None) == all(passed)
        check(total("", [verdict]).as_json(), {task: points})


@pytest.mark.parametrize("points", [0.5, 1, 2, 3.5, 4, 7, 0.1, 1.4])
def test_full_points_are_a_verdict_with_full_points_in_all(points):
    grading = Grading(job_of({}, dict.fromkeys(TASKS, points)))
    tasks = []
    for task in TASKS:
        parts = PROPERTIES[task]
        examined = Examined(task, [Property(part.name, part.title, part.points, part.points) for part in parts])
        tasks.append(grading._verdict(task, examined, None))
    mark = check(total("", tasks).as_json(), grading.job.points)
    assert mark.score == mark.max_score and all(one.passed for task in mark.tasks for one in task.properties)
