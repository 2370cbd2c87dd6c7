"""One submission graded: from the sources of its answers to a mark.

`grade_submission` is pure: it knows no gradebook, no course folder and no student's name, only the bytes of a job; so
it runs in a pool of processes or on another machine alike. The student's code runs in a box and nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from grader.box.limits import Limits
from grader.box.outcomes import BoxError, Fault, StudentError
from grader.box.session import Session
from grader.boxed import BoxedNotebook, answer_error
from grader.cases.asking import AnswerError, affordable, sentence_of
from grader.cases.examining import Examined, examine_by_stages
from grader.cases.properties import PROPERTIES
from grader.feedback.examples import example
from grader.marks import Mark, Property, Task, total
from grader.misconceptions.matching import Diagnosis, diagnose
from grader.misconceptions.plain import not_defined
from grader.snippets import definitions

TASKS = tuple(PROPERTIES)
LENDABLE = ("temperature_probs", "top_k_probs", "nucleus_probs", "entropy", "draw")
"""What Sampler may use; a wrong one is lent from the model answers."""
HELPER = "helper"  # a helper statement that brings the box down takes all the others with it
NOT_ANSWERED = Diagnosis("not-answered", "Здесь ещё нет решения.")
FAULTS = {
    "timeout": "Код не закончил работу за отведённое время: нет ли в нём бесконечного цикла?",
    "memory": "Коду не хватило памяти. Не строится ли тензор гораздо больше входного?",
    "output": "Код выводит слишком много: печатает, создаёт файлы или возвращает огромный ответ. Уберите лишнее.",
    "crash": "Процесс с вашим кодом неожиданно завершился. Проверьте, работает ли ячейка в свежем ядре.",
}
ALL_IS_OVER = "the time for the whole submission was over"
OUT_OF_TIME = "До этого задания проверка не дошла: время на всю работу ушло раньше. Какая ячейка работает так долго?"


@dataclass(frozen=True)
class Job:
    """What is needed to grade one submission (see `grader.jobs`).

    Attributes:
        answers: source of each answer cell, None for one that is missing or as released.
        helpers: statements of the student's own cells, run before the answers; one that fails loses only itself.
        model_answers: the instructor's, to be lent in place of wrong ones.
        setup: the notebook's set-up cells.
        points: of each task.
        device: "cpu" or "cuda".
        limits: of the box.
        seed: of all probes; the same submission is asked the same.
        boxed: False only where the instructor gave up the box.
    """

    answers: dict[str, str | None]
    helpers: list[str]
    model_answers: dict[str, str]
    setup: str
    points: dict[str, float]
    device: str
    limits: dict[str, Any]
    seed: int
    boxed: bool = True

    @classmethod
    def from_bytes(cls, job: bytes) -> Job:
        """Read a job; keys that are of no use here are passed over."""
        data = json.loads(job)
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})


def grade_submission(job: bytes) -> bytes:
    """Grade one submission: a job's bytes in, a mark's bytes out (JSON, the student's name left empty).

    Never raises because of what the submission holds. If the box can't be had, the fault is `infrastructure`.
    """
    grading = Grading(Job.from_bytes(job))
    try:
        mark = grading.grade()
    except BoxError as error:
        tasks = [Task(task, None, points) for task, points in grading.job.points.items()]
        mark = total("", tasks, "infrastructure", f"{error}\n{grading.log_text()}")
    return json.dumps(mark.as_json(), ensure_ascii=False).encode()


@dataclass
class Grading:
    """One submission on its way to a mark. Boxes are made when they are needed, and anew after one has died."""

    job: Job
    session: Session | None = None
    cell_errors: dict[str, AnswerError] = field(default_factory=dict)
    cell_faults: dict[str, Fault] = field(default_factory=dict)
    lent: set[str] = field(default_factory=set)
    lent_in: dict[str, set[str]] = field(default_factory=dict)  # what was lent in the run that gave a task its mark
    broken: set[str] = field(default_factory=set)  # tasks that ended in a fault
    undefined: set[str] = field(default_factory=set)  # tasks of which there was nothing to be asked
    faults: list[Fault] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.limits = Limits.from_dict(self.job.limits)
        self.until = time.monotonic() + self.limits.submission_seconds

    def grade(self) -> Mark:
        """Examine every task, one after another, each on its own; the examples for the page have the time that is left.

        Nothing of the student's runs any more after `submission_seconds`.
        """
        tasks: list[Task] = []
        try:
            for task in TASKS:
                tasks.append(self._task(task, tasks))
            for task in tasks:
                answered = self.job.answers.get(task.grade_id) is not None
                if answered and task.score < task.max_score and task.grade_id not in self.broken | self.undefined:
                    task.example = self._example(task.grade_id)
        finally:
            self._close()
        kinds = [fault.kind for fault in self.faults]
        return total("", tasks, kinds[0] if kinds else None, self.log_text())

    def log_text(self) -> str:
        """What an instructor may want to know of the run."""
        return "\n".join(self.log)

    def _task(self, task: str, before: list[Task]) -> Task:
        if self.job.answers.get(task) is None:
            return self._unanswered(task)
        wrong = {done.grade_id for done in before if done.grade_id in LENDABLE and done.score < done.max_score}
        if task == "Sampler" and self.broken & wrong:  # with one that hangs or crashes there is nothing to try
            self.lent_in[task] = wrong
            examined, fault = self._examined_with_lent(task, wrong)
        else:
            examined, fault = self._examined(task)
            if task == "Sampler" and examined.score < _points_of(task) and wrong:
                again = self._examined_with_lent(task, wrong)
                if again[0].score > examined.score:
                    (examined, fault), self.lent_in[task] = again, wrong
        if examined.undefined:
            self.undefined.add(task)
        if fault:
            self.broken.add(task)
            self.faults.append(fault)
            self.log.append(f"{task}: {fault.kind}: {fault.detail}")
        return self._verdict(task, examined, fault)

    def _examined(self, task: str) -> tuple[Examined, Fault | None]:
        """The properties of one task; after a fault those that are left are lost."""
        examined, fault = Examined(task), None
        number = TASKS.index(task)
        try:
            with self._notebook(number) as notebook:
                if task in self.cell_faults:
                    fault = self.cell_faults[task]
                elif not self.session.has(task):
                    examined.undefined = self._why_undefined(task)
                    _lose_the_rest(examined, f"{task}: {examined.undefined.sentence}")
                else:
                    for _ in examine_by_stages(examined, notebook, [self.job.seed, number]):
                        pass
        except Fault as happened:
            fault = happened
            self._close()
        if fault:
            why = OUT_OF_TIME if fault.detail == ALL_IS_OVER else FAULTS[fault.kind]
            _lose_the_rest(examined, f"{task}: {why}")
        return examined, fault

    def _examined_with_lent(self, task: str, wrong: set[str]) -> tuple[Examined, Fault | None]:
        """The same with the model answers in place of wrong ones."""
        with self._lending(wrong):
            return self._examined(task)

    @contextmanager
    def _lending(self, wrong: set[str]) -> Iterator[None]:
        """Boxes in which these answers are the model ones, and Sampler's cell, if it fell by a wrong one, may stand."""
        before = self.cell_faults
        if wrong:
            self._close()
            self.cell_faults = {name: fault for name, fault in before.items() if name not in {*wrong, "Sampler"}}
        self.lent = wrong
        try:
            yield
        finally:
            self.lent = set()
            self.cell_faults = before
            if wrong:
                self._close()

    @contextmanager
    def _notebook(self, number: int) -> Iterator[BoxedNotebook]:
        """The notebook in its box, ready to answer. Fault."""
        if time.monotonic() >= self.until:
            raise Fault("timeout", ALL_IS_OVER)
        if self.session is not None and self.session.is_worn:
            self._close()
        while self.session is None:
            self._open()
        self.session.begin_task()
        self.session.seed(self._seed("in the box", number))
        fresh = self._seed("of fresh seeds", number)
        yield BoxedNotebook(self.session, self.job.device, fresh, quiet=bool(self.lent))

    def _seed(self, purpose: str, number: int = 0) -> int:
        """A seed that does not tell the job's, from which all probes follow: an answer can ask for what it is given."""
        return int.from_bytes(hashlib.sha256(f"{self.job.seed} {purpose} {number}".encode()).digest()[:4]) % 2**31

    def _open(self) -> None:
        """A box with all cells defined, but for those that bring the box down; one that does so leaves no session.

        A model answer can only fall by what stands before it, and cannot be left out: then the Fault is raised.
        """
        seed, boxed = self._seed("at the start"), self.job.boxed
        self.session = Session(self.limits, self.job.device, seed, boxed=boxed, reuse=True, until=self.until)
        self.session.__enter__()
        cells = [("setup", self.job.setup)]
        cells += [(HELPER, source) for source in self.job.helpers]
        cells += [(task, self._source(task)) for task in TASKS]
        for name, source in cells:
            if source is None or name in self.cell_faults:
                continue
            try:
                self.session.define(name, source)
            except StudentError as error:
                if name in TASKS:
                    self.cell_errors.setdefault(name, answer_error(error, quiet=bool(self.lent)))
                self.log.append(f"{name}: {error.type_name}: {error.message}")
            except Fault as fault:
                self._close()
                if name in self.lent or time.monotonic() >= self.until:
                    raise
                self.cell_faults[name] = fault
                if name not in TASKS:
                    self.faults.append(fault)
                    self.log.append(f"{name}: {fault.kind}: {fault.detail}")
                return

    def _source(self, task: str) -> str | None:
        """The source of a cell: the student's, or the model answer if it is lent."""
        return self.job.model_answers[task] if task in self.lent else self.job.answers.get(task)

    def _close(self) -> None:
        if self.session is not None:
            self.session.__exit__(None, None, None)
            self.session = None

    def _unanswered(self, task: str) -> Task:
        examined = Examined(task)
        _lose_the_rest(examined, NOT_ANSWERED.sentence)
        points = self.job.points[task]
        return Task(task, 0.0, points, NOT_ANSWERED.name, NOT_ANSWERED.sentence, _scaled(examined, points))

    def _verdict(self, task: str, examined: Examined, fault: Fault | None) -> Task:
        points = self.job.points[task]
        properties = _scaled(examined, points)
        # Nothing lost is all points, whatever rounding makes of the sum of their shares.
        score = points if examined.score == _points_of(task) else min(points, sum(one.score for one in properties))
        verdict = Task(task, score, points, properties=properties)
        verdict.remarks = examined.remarks
        if verdict.score < points:
            found = None if fault else examined.undefined or self._diagnosis(task, examined)
            verdict.diagnosis = found.name if found else (fault.kind if fault else None)
            complaint = (examined.complaint or "").removeprefix(f"{task}: ")
            verdict.message = found.sentence if found else complaint
        return verdict

    def _diagnosis(self, task: str, examined: Examined) -> Diagnosis | None:
        evidence = examined.evidence
        if task in self.cell_errors and not evidence.observations:
            return _about_cell(task, self.cell_errors[task])
        return diagnose(task, replace(evidence, observations=affordable(evidence.observations)))

    def _why_undefined(self, task: str) -> Diagnosis:
        """Why no function or class of the task's name is there: its cell has raised, or it gives another name."""
        if task in self.cell_errors:
            return _about_cell(task, self.cell_errors[task])
        return not_defined(task, definitions(self._source(task)))

    def _example(self, task: str) -> dict[str, Any] | None:
        """The student's answer on an example that is no graded probe, for the picture in the feedback."""
        try:
            with self._lending(self.lent_in.get(task, set())), self._notebook(len(TASKS)) as notebook:
                return example(task, notebook)
        except Fault as fault:
            self.log.append(f"{task}: example: {fault.kind}: {fault.detail}")
            self._close()
            return None


def _about_cell(task: str, error: AnswerError) -> Diagnosis:
    """What is said of a task whose cell has raised."""
    kind = "not-answered" if error.kind == "NotImplementedError" else "raises-error"
    return Diagnosis(kind, sentence_of(task, error).removeprefix(f"{task}: "))


def _points_of(task: str) -> float:
    return sum(part.points for part in PROPERTIES[task])


def _lose_the_rest(examined: Examined, message: str) -> None:
    """Give the properties that have no verdict yet no points."""
    done = {one.name for one in examined.properties}
    for part in PROPERTIES[examined.task]:
        if part.name not in done:
            examined.properties.append(Property(part.name, part.title, 0.0, part.points, message))


def _scaled(examined: Examined, points: float) -> list[Property]:
    """The properties with the points of the instructor's test cell, should it give others than the table's sum."""
    scale = points / _points_of(examined.task)
    return [
        Property(one.name, one.title, one.score * scale, one.max_score * scale, one.message)
        for one in examined.properties
    ]
