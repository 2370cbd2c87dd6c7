"""The seam between cases and answers: every value of an answer is asked for here and nowhere else.

A case asks a `Notebook`. It may be a namespace of this very process (the instructor's proof that the model answers
pass) or a student's code in a box (`grader.judging`); the cases can't tell.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from course_lib.expect import answering, check_tensor, is_pair, seed_everything, type_name
from grader.box.replies import KINDS_OF_ERRORS
from grader.misconceptions.base import Evidence, Observation, Raised

EVIDENCE_BYTES = 16 << 20
"""Of all that a task's diagnosis compares, in the grader's own process; for known mistakes it is a few hundred kB."""
PART_BYTES = 500


class WrongAnswer(AssertionError):
    """An answer is wrong; the message is the sentence for the student."""


class AnswerError(Exception):
    """A student's code raised. `kind` is the best known class among its bases: "ValueError", "AssertionError", ..."""

    def __init__(self, kind: str, type_name: str, message: str, place: str = ""):
        super().__init__(message)
        self.kind, self.type_name, self.message, self.place = kind, type_name, message, place


@dataclass(frozen=True)
class Returned:
    """What a call came to: its value, and whether it changed a tensor that it was given."""

    value: Any
    changed: bool = False


class Notebook(Protocol):
    """A student's notebook after its cells have run. Every method raises `AnswerError` where the code in it does."""

    def call(self, name: str, *args: Any) -> Returned:
        """Call the function `name`. Tensors are given on the CPU and come back on the CPU."""

    def create(self, name: str, settings: dict[str, Any]) -> Any:
        """An object of the class `name`, to be given to `sample`."""

    def sample(self, made: Any, logits: Tensor) -> Returned:
        """Call its method `sample`."""

    def seed(self, number: int | None) -> None:
        """Seed all global random generators of the notebook; None: afresh."""

    def operations(self, name: str, *args: Any) -> int | None:
        """How many tensor operations one call takes; None if that can't be told."""


class LocalNotebook:
    """A notebook whose names live in this process, on CUDA when there is one, by the same code."""

    def __init__(self, namespace: dict[str, Any]):
        self.namespace = namespace
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def call(self, name: str, *args: Any) -> Returned:
        """See `Notebook`."""
        return self._run(self.namespace[name], *args)

    def create(self, name: str, settings: dict[str, Any]) -> Any:
        """See `Notebook`."""
        return self._run(lambda: self.namespace[name](**settings)).value

    def sample(self, made: Any, logits: Tensor) -> Returned:
        """See `Notebook`."""
        if not callable(getattr(made, "sample", None)):
            raise AnswerError("", "AttributeError", f"у объекта типа {type(made).__name__} нет метода sample")
        return self._run(made.sample, logits)

    def seed(self, number: int | None) -> None:
        """See `Notebook`."""
        seed_everything(number)

    def operations(self, name: str, *args: Any) -> int | None:
        """Not counted here."""
        return None

    def _run(self, function: Callable, *args: Any) -> Returned:
        given = [arg.to(self.device, copy=True) if isinstance(arg, Tensor) else arg for arg in args]
        try:
            with answering():
                value = function(*given)
        except Exception as error:
            kind = next((name for name in KINDS_OF_ERRORS if name in {cls.__name__ for cls in type(error).__mro__}), "")
            raise AnswerError(kind, type(error).__name__, str(error)) from error
        changed = any(
            isinstance(arg, Tensor) and not torch.equal(arg.nan_to_num(), given[i].cpu().nan_to_num())
            for i, arg in enumerate(args)
        )
        return Returned(self._here(value), changed)

    def _here(self, value: Any) -> Any:
        """The value with its tensors on the CPU; one that lies elsewhere than the notebook's device is refused."""
        for plain in (tuple, list):  # a named tuple can't be made from its entries alike
            if isinstance(value, plain):
                return plain(self._here(one) for one in value)
        if not isinstance(value, Tensor):
            return value
        if value.device.type != self.device.type:
            raise AnswerError("device", "", f"{value.device}, а вход лежит на {self.device}")
        return value.detach().cpu()


@dataclass
class Examination:
    """One task of one notebook under examination: asks, keeps what was seen, and keeps the first complaint.

    Attributes:
        task: the grade_id.
        notebook: who answers.
        rng: where the probes come from.
        evidence: everything that was seen, for the diagnosis.
        complaint: of the present property, None so far if nothing was wrong.
    """

    task: str
    notebook: Notebook
    rng: np.random.Generator
    evidence: Evidence = field(default_factory=Evidence)
    complaint: str | None = None

    def ask(self, *args: Any, keep: bool = True) -> Any:
        """What the function `task` returns; WrongAnswer if it raises. `keep`: as an observation."""
        return self._observe(args, lambda: self.notebook.call(self.task, *args), keep).value

    def ask_untouched(self, *args: Any) -> Any:
        """Like `ask`; WrongAnswer as well if a tensor was changed."""
        returned = self._observe(args, lambda: self.notebook.call(self.task, *args))
        self.check_untouched(returned)
        return returned.value

    def sample(self, made: Any, settings: dict[str, Any], logits: Tensor, keep: bool = True) -> Returned:
        """What the `sample` of a sampler made with `settings` returns; WrongAnswer if it raises."""
        return self._observe((settings, logits), lambda: self.notebook.sample(made, logits), keep)

    def make(self, settings: dict[str, Any]) -> Any:
        """A sampler of these settings; WrongAnswer if it can't be had."""
        try:
            return self.notebook.create(self.task, settings)
        except AnswerError as error:
            raise WrongAnswer(sentence_of(self.task, error)) from error

    def check_untouched(self, returned: Returned) -> None:
        """WrongAnswer if the call changed its input."""
        if returned.changed:
            raise WrongAnswer(f"{self.task}: входной тензор изменился. Он ещё понадобится тому, кто вызвал функцию.")

    def attempt(self, case: Callable[[], Any]) -> bool:
        """Run one case; its complaint is kept if it is the first. True if all was well."""
        try:
            case()
        except AssertionError as error:
            self.complaint = self.complaint or str(error)
            return False
        return True

    def take_complaint(self) -> str | None:
        """The complaint about the property just examined; the next one starts afresh."""
        complaint, self.complaint = self.complaint, None
        return complaint

    def _observe(self, args: tuple[Any, ...], call: Callable[[], Returned], keep: bool = True) -> Returned:
        try:
            returned = call()
        except AnswerError as error:
            if keep:
                self.evidence.observations.append(Observation(args, Raised(error.type_name, error.message)))
            raise WrongAnswer(sentence_of(self.task, error)) from error
        if keep:
            self.evidence.observations.append(Observation(args, returned.value, returned.changed))
        return returned


def affordable(observations: Iterable[Observation]) -> list[Observation]:
    """Those whose outcomes take EVIDENCE_BYTES at most together; a larger one is judged, but not looked into."""
    kept, room = [], EVIDENCE_BYTES
    for one in observations:
        size = size_when_compared(one.outcome)
        if size <= room:
            room -= size
            kept.append(one)
    return kept


def size_when_compared(value: Any) -> int:
    """About how many bytes a value takes in a diagnosis, where every number is a float64."""
    if isinstance(value, Tensor):
        return PART_BYTES + 8 * value.numel()
    parts = value if isinstance(value, (tuple, list)) else ()
    return PART_BYTES + (len(value) if isinstance(value, str) else sum(map(size_when_compared, parts)))


def sentence_of(task: str, error: AnswerError) -> str:
    """What a student reads about an exception of their own code."""
    if error.kind == "device":
        return f"{task}: ответ лежит на {error.message}. Он должен лежать там же, где вход."
    if error.kind == "NotImplementedError":
        return f"{task}: здесь пока нет ответа."
    if error.kind == "AssertionError":
        return f"{task}: {error.message or 'сработал assert без сообщения.'}"
    said = error.message.split("\n")[0][:200]
    named = f"{error.type_name}: {said}" if said else error.type_name
    return f"{task}: код остановился с ошибкой «{named}»{error.place}."


def as_array(name: str, value: Any, shape: tuple[int, ...], dtype: torch.dtype | None = None) -> np.ndarray:
    """A tensor of the expected shape as NumPy (float64 for floats), else WrongAnswer.

    `dtype` None takes any floating type, which is a matter of its own and not of the values.
    """
    if dtype is None and isinstance(value, Tensor) and value.is_floating_point():
        dtype = value.dtype
    try:
        tensor = check_tensor(value, name, shape, dtype or torch.float32, torch.device("cpu"))
    except AssertionError as error:
        raise WrongAnswer(str(error)) from error
    return tensor.double().numpy() if tensor.is_floating_point() else tensor.numpy()


def as_pair(name: str, value: Any, rows: int, strict: bool) -> tuple[np.ndarray, np.ndarray]:
    """(tokens int64[B], entropies[B]) of `Sampler.sample`; WrongAnswer if it is no such pair.

    Args:
        name: what to call it in a sentence.
        value: what came back.
        rows: B.
        strict: whether the types of the numbers count as well.
    """
    if not is_pair(value):
        raise WrongAnswer(f"{name}: нужна пара (токены, энтропия), а вернулся объект типа {type_name(value)}.")
    tokens, entropies = value
    whole = isinstance(tokens, Tensor) and not tokens.is_floating_point() and tokens.dtype != torch.bool
    tokens = as_array(f"{name}, токены", tokens, (rows,), tokens.dtype if whole and not strict else torch.int64)
    return tokens, as_array(f"{name}, энтропия", entropies, (rows,), torch.float32 if strict else None)


def check_range(name: str, tokens: np.ndarray, vocab_size: int) -> None:
    """WrongAnswer unless every token is in 0 .. vocab_size - 1."""
    if tokens.size and (tokens.min() < 0 or tokens.max() >= vocab_size):
        raise WrongAnswer(f"{name}: среди токенов есть номер, которого нет в словаре.")


def decimal(value: float) -> str:
    """Two digits of a number as it is written in Russian: 0,65."""
    return f"{value:.2g}".replace(".", ",")


def compare(name: str, about: str, got: np.ndarray, right: np.ndarray, tolerance: float) -> None:
    """WrongAnswer unless `got` is within `tolerance` of `right` everywhere; `about` says which kind of input it was."""
    if not np.isfinite(got).all():
        raise WrongAnswer(f"{name}: {about} — в ответе NaN или бесконечность.")
    if (worst := np.abs(got - right).max()) > tolerance:
        raise WrongAnswer(f"{name}: {about} — ответ неверен, наибольшее отличие {decimal(worst)}.")
