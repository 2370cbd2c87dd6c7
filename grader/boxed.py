"""A student's notebook in a box: the cases ask it like any other, and every byte comes from another process."""

import builtins
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from course_lib.tapes import TapeModel, TapeSampler
from grader.box.outcomes import Model, Reply, Sampler, StudentError
from grader.box.replies import clean
from grader.box.session import Session
from grader.box.wire import MAX_TYPE_NAME, Handle, Opaque, TensorValue
from grader.cases.asking import AnswerError, Returned

FRESH_SEEDS = 2**31
KNOWN = ("Tensor", "Parameter", "ndarray", "float32", "float64", "int64", "generator")


class BoxedNotebook:
    """See `grader.cases.asking.Notebook`. What a box's end means (`Fault`) comes through.

    Args:
        session: the box, with the notebook's cells defined in it.
        device: where the answers must lie, "cpu" or "cuda".
        seed: of the generators in the box where a case wants them fresh.
        quiet: model answers are in the box, and no text of the student's may carry them out.
    """

    def __init__(self, session: Session, device: str, seed: int, quiet: bool = False):
        self.session, self.device, self.quiet = session, device, quiet
        self.seeds = torch.Generator().manual_seed(seed)

    def call(self, name: str, *args: Any) -> Returned:
        """Call the function `name` in the box."""
        return self._ask(lambda: self.session.call(name, *map(_as_callback, args)))

    def create(self, name: str, settings: dict[str, Any]) -> Handle:
        """An object of the class `name` in the box."""
        try:
            return self.session.create(name, **settings)
        except StudentError as error:
            raise answer_error(error, self.quiet) from error

    def sample(self, made: Handle, logits: Tensor) -> Returned:
        """Call its method `sample`."""
        return self._ask(lambda: self.session.method(made, "sample", logits))

    def seed(self, number: int | None) -> None:
        """Seed the generators in the box; None: with the next number that the student can't know."""
        if number is None:
            number = int(torch.randint(FRESH_SEEDS, (), generator=self.seeds))
        self.session.seed(number)

    def operations(self, name: str, *args: Any) -> int | None:
        """How many tensor operations a call takes, None if it raises."""
        try:
            return self.session.call(name, *args, count_ops=True).ops
        except StudentError:
            return None

    def _ask(self, ask: Callable[[], Reply]) -> Returned:
        try:
            reply = ask()
        except StudentError as error:
            raise answer_error(error, self.quiet) from error
        return Returned(self._value(reply.value), bool(reply.changed))

    def _value(self, value: Any) -> Any:
        if isinstance(value, (tuple, list)):
            return type(value)(self._value(one) for one in value)
        if self.quiet and isinstance(value, (Opaque, str)):
            return Opaque(well_known(getattr(value, "type_name", "str"), "object"))
        if isinstance(value, Opaque):  # a class may be named in any characters, and a sentence will hold its name
            return Opaque(clean(value.type_name, MAX_TYPE_NAME) or "object")
        if not isinstance(value, TensorValue):
            return value
        if value.device != self.device:
            raise AnswerError("device", "", f"{value.device}, а вход лежит на {self.device}")
        return value.tensor


def answer_error(error: StudentError, quiet: bool = False) -> AnswerError:
    """The same error for the cases, with the place in the student's code; `quiet`: the kind of error and no more."""
    if quiet:
        return AnswerError(error.kind, well_known(error.type_name, "Exception"), "")
    place = f" (строка {error.line}: {error.code})" if error.line and error.code else ""
    return AnswerError(error.kind, error.type_name, error.message, place)


def well_known(type_name: str, otherwise: str) -> str:
    """The name of a class if everybody knows it; a class of the student's own may be named after what it has read."""
    return type_name if isinstance(getattr(builtins, type_name, None), type) or type_name in KNOWN else otherwise


def _as_callback(arg: Any) -> Any:
    """The model and the sampler of `generate` stay here; the box gets stand-ins that ask them."""
    if isinstance(arg, TapeModel):
        return Model(arg)
    return Sampler(arg) if isinstance(arg, TapeSampler) else arg
