"""The feedback page: says what the verdict says, in Russian, and lets nothing through that acts."""

import base64
import copy
import hashlib
import json
import math
import re

import jupytext
import nbformat
import pytest
import torch
from bs4 import BeautifulSoup
from small_course import ASSIGNMENT, make_course

from grader.answers import put_answers, read_answers
from grader.cases.asking import LocalNotebook
from grader.cases.properties import PROPERTIES
from grader.course import Course
from grader.feedback import text
from grader.feedback.examples import QUESTIONS, example
from grader.feedback.page import FeedbackExporter
from grader.feedback.view import FAULTS
from grader.marks import FAULTS as KINDS
from grader.marks import Property, Task, total
from grader.paths import repo_root

SOURCE = repo_root() / "assignments" / "source" / "hw_sampler" / "hw_sampler.py"
EVIL = (
    "<script>alert(1)</script><img src=http://evil.example/x onerror=alert(1)></style></pre><b>жирно</b>"
    "\x1b[31mкрасный\x1b[0m\x1b]0;x\x07\x00\u202eнаоборот\u2066\u200b\ud800\u0085{{ 7*7 }}{% raw %}" + "длинно" * 500
)
WRONG = {
    "temperature_probs": "def temperature_probs(logits, temp):\n    return torch.softmax(logits * temp, dim=-1)",
    "top_k_probs": "def top_k_probs(logits, k):\n    logits.softmax(-1)",
    "nucleus_probs": "def nucleus_probs(probs, p):\n    return probs * float('nan')",
    "entropy": "def entropy(probs):\n    return -(probs * (probs + 1e-9).log2()).sum(dim=-1)",
    "draw": "def draw(probs):\n    return probs.argmax(dim=-1)",
    "Sampler": "class Sampler:\n    def __init__(self, **settings):\n        pass\n\n"
    "    def sample(self, logits):\n        return logits.argmax(-1), logits.new_zeros(len(logits))",
    "generate": "def generate(model, sampler, n_samples, start_id, end_id, max_length):\n"
    "    return torch.full((n_samples, 40), start_id), 10.0",
}


@pytest.fixture(scope="module")
def homework():
    return jupytext.read(SOURCE)


@pytest.fixture(scope="module")
def answers(homework):
    return {name: source for name, source in read_answers(homework).items() if name != "analysis"}


def notebook_of(answers: dict[str, str]) -> LocalNotebook:
    namespace = {"math": math, "torch": torch}
    for source in answers.values():
        exec(source, namespace)
    return LocalNotebook(namespace)


def mark_of(lost=(), message="Подумайте ещё.", fault=None, **of_task):
    """A mark of 15 points less those of the lost tasks; `of_task` is put into every task."""
    tasks = []
    for name, parts in PROPERTIES.items():
        share = 0 if name in lost else 1
        properties = [Property(one.name, one.title, share * one.points, one.points) for one in parts]
        points = sum(one.max_score for one in properties)
        said = message if name in lost else None
        tasks.append(Task(name, share * points, points, None, said, properties, **copy.deepcopy(of_task)))
    return total("anna", tasks, fault, log="СЕКРЕТ: hidden case 17")


def page_of(homework, mark, answers=None, comment=None, manual=None, about=None, repairs=()):
    """The page of an autograded notebook, as `GetGrades` leaves it."""
    notebook = put_answers(copy.deepcopy(homework), answers or {})
    scores = {f"test_{task.grade_id}": task.score for task in mark.tasks if task.score is not None}
    for cell in notebook.cells:
        known = cell.metadata.get("nbgrader", {})
        if known.get("solution"):
            known["comment"] = comment
        if known.get("grade_id") in scores:
            known["score"] = scores[known["grade_id"]]
        elif known.get("grade") and manual is not None:
            known["score"] = manual
    notebook.metadata["course_verdict"] = mark.as_json()
    notebook.metadata["course_submission"] = {"repairs": list(repairs)}
    resources = {"nbgrader": {"student": "anna", "assignment": "hw_sampler", **(about or {})}}
    return FeedbackExporter().from_notebook_node(notebook, resources)[0]


def read(page: str) -> str:
    return " ".join(BeautifulSoup(page, "html.parser").body.get_text(" ").split())


def check_harmless(page: str) -> BeautifulSoup:
    """No script, nothing that is fetched, a strict policy that fits the one style sheet."""
    soup = BeautifulSoup(page, "html.parser")
    for name in ("script", "img", "iframe", "object", "embed", "link", "form", "base", "audio", "video", "b", "image"):
        assert not [tag for tag in soup.find_all(name) if name != "b" or tag.text != "На заметку."], name
    for tag in soup.find_all(True):
        assert not [name for name in tag.attrs if name.startswith("on") or name in ("src", "style", "srcset")], tag
        assert not str(tag.get("href", "#")).startswith(("javascript:", "data:", "//")), tag
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    style = soup.find_all("style")
    assert len(style) == 1 and "url(" not in style[0].text and "@import" not in style[0].text
    digest = base64.b64encode(hashlib.sha256(style[0].text.encode()).digest()).decode()
    assert policy.startswith("default-src 'none';") and f"'sha256-{digest}'" in policy and "unsafe" not in policy
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page)
    page.encode("utf-8")
    return soup


def test_everything_right(homework):
    page = page_of(homework, mark_of(), manual=3.0, comment="Отлично про $p$.")
    soup, words = check_harmless(page), read(page)
    assert soup.html["lang"] == "ru"
    assert soup.h1.text == "Домашнее задание: свой Sampler"
    assert "18 из 18 баллов" in words and "Отличная работа" in words
    assert "Автоматическая проверка: 15 из 15" in words
    assert [row.a.text for row in soup.select(".summary tbody tr")][0] == "1. Температура"
    assert len(soup.select(".summary tbody tr")) == len(soup.select("section.task")) == 8
    assert "✗" not in words and "Преподаватель пишет" in words and "<math" in page
    assert soup.select_one(".code .k").text == "def"


def test_the_written_answer_waits_for_the_instructor(homework):
    words = read(page_of(homework, mark_of(["draw"])))
    assert "Пока 13 из 18 баллов" in words
    assert "Ответ на вопрос проверит преподаватель" in read(page_of(homework, mark_of()))
    assert "«8. Вопрос»: ждёт проверки преподавателем (до 3 баллов)" in words
    assert "— / 3" in words


def test_what_a_person_marked_after_a_failed_grading_counts(homework):
    mark = mark_of(PROPERTIES, "", fault="infrastructure")
    for task in mark.tasks:
        task.score = task.max_score  # nbgrader's `GetGrades` puts the instructor's points into the cells
    notebook = page_of(homework, mark, manual=3.0)
    assert "18 из 18 баллов" in read(notebook) and "Проверка не состоялась" not in notebook


def test_points_sentences_properties_repairs_and_penalty(homework):
    mark = mark_of(["entropy"], "entropy: это энтропия в битах, а нужна `torch.log`.", remarks=["Цикл медленный."])
    page = page_of(homework, mark, about={"score": 12.0, "max_score": 18.0, "late_penalty": 2.0}, repairs=["Склеили."])
    soup, words = check_harmless(page), read(page)
    task = soup.select("section.task")[3]
    assert task.select_one(".message").text == "Это энтропия в битах, а нужна torch.log."
    assert task.select_one(".message code").text == "torch.log"
    assert [row.select_one(".tick").text for row in task.select(".properties tr")] == ["✗"] * 3
    assert "0 / 0,25" in task.text and "12 из 18 баллов" in words
    assert "За опоздание вычтено: 2 балла" in words and "Склеили." in words and "Цикл медленный." in words


@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_has_its_sentence(homework, kind):
    mark = mark_of(PROPERTIES, "", fault=kind)
    page = page_of(homework, mark)
    words = read(page)
    assert FAULTS[kind] in words
    assert ("Баллов пока нет" in words) == (kind == "infrastructure")
    assert ("Это не ноль" in words) == (kind == "infrastructure")
    check_harmless(page)


def test_log_hidden_cases_and_test_cells_stay_out(homework):
    page = page_of(homework, mark_of(PROPERTIES))
    for secret in ("СЕКРЕТ", "hidden case", "HIDDEN", "grade_", "cases", "Traceback", "check_"):
        assert secret not in page, secret


def test_no_english_is_left(homework):
    page = page_of(homework, mark_of(PROPERTIES, fault="timeout"), {"analysis": "Ответ."}, comment="No response.")
    soup = BeautifulSoup(page, "html.parser")
    assert "Здесь пока нет ответа." in soup.text
    for part in soup.select("pre, code, style"):
        part.decompose()
    english = set(re.findall(r"[A-Za-z]{2,}", soup.body.get_text(" ")))
    assert english <= {"anna", "Top", "Nucleus", "Sampler", "float32", "float", "inf", "int", "torch", "manual_seed",
                       "manual", "seed", "sampler", "ValueError"}  # fmt: skip


def test_hostile_text_shows_itself_and_does_nothing(homework):
    panel = {"title": EVIL, "names": [EVIL] * 4, "right": [0.5, 0.5, 0.0, 0.0], "yours": ["NaN", 1e300, -3.0, "inf"]}
    drawn = {"given": EVIL, "agrees": False, "panels": [{**panel, "unit": "share", "seen": 0.01}]}
    drawn["tapes"] = {"names": {"1": EVIL}, "right": [[1, 2]], "yours": [[1, 10**18] + [7] * 12]}
    mark = mark_of(PROPERTIES, EVIL, remarks=[EVIL], example=drawn)
    mark.tasks[0].example = {"given": EVIL, "agrees": False, "said": EVIL[:300]}
    for task in mark.tasks:
        for one in task.properties:
            one.message = EVIL[1:]
    sources = dict.fromkeys([*PROPERTIES, "analysis"], EVIL)
    about = {"student": EVIL, "assignment": EVIL}
    comment = EVIL + " ![](http://evil.example/y) [сюда](javascript:alert(1)) <iframe src=x></iframe>"
    homework = copy.deepcopy(homework)
    homework.cells[0].source = f"# {EVIL}"
    page = page_of(homework, mark, sources, comment, 0.0, about, [EVIL])
    soup = check_harmless(page)
    assert len(soup.select("section.task")) == 8
    assert "&lt;script&gt;alert(1)" in page and "‹U+202E›наоборот" in page and "‹U+0000›" in page
    assert "49" not in soup.text and "{{ 7*7 }}" in soup.text
    assert not soup.find_all("a", string="сюда")
    assert len(page) < 1_000_000


def test_a_bomb_of_an_answer_is_cut_and_quick(homework):
    bombs = {
        "entropy": "(" * 200_000,
        "draw": "'''" * 70_000,
        "Sampler": "f'{" * 50_000,
        "generate": "\n" * 10**6,
        "analysis": "[" * 10**6,
    }
    page = page_of(homework, mark_of(PROPERTIES), bombs, comment="[" * 10_000)
    check_harmless(page)
    assert len(page) < 1_500_000


def test_a_verdict_that_is_none_leaves_the_gradebooks_points(homework):
    notebook = copy.deepcopy(homework)
    for verdict in (None, [], {"tasks": 3}, {"student": "x"}):
        notebook.metadata["course_verdict"] = verdict
        page, _ = FeedbackExporter().from_notebook_node(notebook, {"nbgrader": {"student": "anna"}})
        check_harmless(page)
        assert "8. Вопрос" in page


@pytest.mark.parametrize("task", QUESTIONS)
def test_a_right_answer_agrees_on_every_example(task, answers):
    assert example(task, notebook_of(answers))["agrees"]


@pytest.mark.parametrize("task", QUESTIONS)
def test_a_wrong_answer_is_seen_and_drawn(task, answers, homework):
    found = example(task, notebook_of({**answers, task: WRONG[task]}))
    assert json.loads(json.dumps(found, allow_nan=False)) == found and not found["agrees"]
    page = page_of(homework, mark_of([task], example=found))
    soup = check_harmless(page)
    shown = soup.select_one(".example")
    assert "Ваш ответ рядом с верным" in shown.text
    if "said" in found:
        assert "return" in shown.text
    for picture in shown.select("svg"):
        assert "у вас" in picture["aria-label"]
    assert shown.select(".off") or "said" in found


STRANGE = [
    "None",
    "3",
    "'x'",
    "[1, 2]",
    "torch.zeros(0)",
    "torch.full((2, 3), float('nan'))",
    "torch.zeros(2000, dtype=torch.complex64)",
    "torch.full((2000,), 2**62)",
    "(torch.zeros(2000, dtype=torch.int64), torch.full((2000,), float('inf')))",
    "(torch.zeros((3, 0), dtype=torch.int64), 10**400)",
    "(torch.zeros((3, 3), dtype=torch.int64), float('nan'))",
    "object()",
    "1 / 0",
]


@pytest.mark.parametrize("task", QUESTIONS)
@pytest.mark.parametrize("value", STRANGE)
def test_whatever_comes_back_is_put_into_words_or_a_picture(task, value, answers, homework):
    body = f"def {task}(*args, **more):\n    return {value}"
    if task == "Sampler":
        body = WRONG["Sampler"].replace("logits.argmax(-1), logits.new_zeros(len(logits))", value)
    found = example(task, notebook_of({**answers, task: body}))
    assert found is None or not found["agrees"]
    json.dumps(found, allow_nan=False)
    check_harmless(page_of(homework, mark_of([task], example=found)))


def test_an_end_of_the_box_comes_through():
    class Fault(Exception):
        pass

    class Dead:
        def seed(self, number):
            raise Fault

    with pytest.raises(Fault):
        example("draw", Dead())
    assert example("double", Dead()) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0 баллов"), (1, "1 балл"), (2, "2 балла"), (5, "5 баллов"), (11, "11 баллов"), (21, "21 балл"),
     (0.5, "0,5 балла"), (2.25, "2,25 балла"), (1 / 3, "0,33 балла")],
)  # fmt: skip
def test_points_in_words(value, words):
    assert text.points(value) == words


def test_ordinary_russian_text_is_left_alone():
    ordinary = "Ёж — «зверь» №1… 0,5 ≥ −∞ 👩\u200d🔬\n\tтак"
    assert text.clean(ordinary) == ordinary


def test_through_nbgraders_own_feedback_step(tmp_path):
    root = make_course(tmp_path)
    with (root / "nbgrader_config.py").open("a", encoding="utf-8") as config:
        config.write("\nfrom grader.feedback.page import FeedbackExporter\n")
        config.write("c.GenerateFeedback.exporter_class = FeedbackExporter\n")
    course = Course(root)
    assert course.generate_release(ASSIGNMENT).success
    notebook = nbformat.read(course.notebook("release", ASSIGNMENT), as_version=4)
    put_answers(notebook, {"double": "def double(x):\n    return 3 * x  # <b>ой</b>", "why": "Так короче."})
    tasks = [Task("double", 0.0, 2.0, None, "Удвоить — значит сложить."), Task("greet", 3.0, 3.0)]
    notebook.metadata["course_verdict"] = total("anna", tasks).as_json()
    path = course.notebook("autograded", ASSIGNMENT, "anna")
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student("anna", first_name="Анна", last_name="<i>К.</i>")
        gradebook.update_or_create_submission(ASSIGNMENT, "anna")
        for name, score in (("test_double", 0.0), ("test_greet", 3.0), ("why", None)):
            grade = gradebook.find_grade(name, ASSIGNMENT, ASSIGNMENT, "anna")
            grade.auto_score, grade.needs_manual_grade = score, score is None
        gradebook.db.commit()

    def page():
        outcome = course.generate_feedback(ASSIGNMENT, "anna")
        assert outcome.success, outcome.log
        written = (course.folder("feedback", ASSIGNMENT, "anna") / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")
        check_harmless(written)
        return read(written)

    first = page()
    assert "Анна <i>К.</i> (anna)" in first and "Пока 3 из 8 баллов" in first
    assert "ждёт проверки преподавателем" in first and "Удвоить — значит сложить." in first
    assert "3 * x # <b>ой</b>" in first
    with course.gradebook() as gradebook:
        manual = gradebook.find_grade("why", ASSIGNMENT, ASSIGNMENT, "anna")
        manual.manual_score, manual.needs_manual_grade = 2.5, False
        gradebook.find_grade("test_double", ASSIGNMENT, ASSIGNMENT, "anna").manual_score = 1.0
        gradebook.find_comment("why", ASSIGNMENT, ASSIGNMENT, "anna").manual_comment = "Коротко и **ясно**."
        gradebook.db.commit()
    second = page()
    assert "6,5 из 8 баллов" in second and "Пока" not in second.split("баллов")[0]
    assert "Коротко и ясно ." in second and "Баллы за эту задачу выставил преподаватель." in second
