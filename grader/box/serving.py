"""Inside the box: the requests of the grader, one after another, on the student's functions and classes."""

import builtins
import os
import random
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import telling
import torch
import wire
from stubs import ModelStub, SamplerStub, put_course_lib
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

__builtins__ = dict(vars(builtins))
"""What the functions below call: an answer that replaces `isinstance` or `map` replaces it for itself alone."""

_SEED_TORCH, _SEED_NUMPY, _SEED_PYTHON = torch.manual_seed, np.random.seed, random.seed
_PARAMETER = torch.nn.Parameter

MAX_TEXT = 1000
MAX_ENTRIES = 1000


class Worker:
    """Reads requests, runs the student's code in one namespace, writes replies.

    Args:
        requests, replies: file descriptors.
        device: "cpu" or "cuda"; tensors are put there.
        seed: of the generators at the start.
        reply_bytes: a larger value is not sent.
    """

    def __init__(self, requests: int, replies: int, device: str, seed: int, reply_bytes: int):
        self.requests, self.replies, self.reply_bytes = requests, replies, reply_bytes
        self.device = torch.device(device)
        self.objects: list[Any] = []
        checks = put_course_lib()
        notebook = ModuleType("__main__")
        sys.modules["__main__"] = notebook  # pickle and dataclasses look there
        self.namespace = notebook.__dict__
        self.namespace.update(math=__import__("math"), torch=torch, checks=checks, device=self.device)
        self.seed(seed)
        torch.zeros(1, device=self.device)  # the first tensor on a GPU takes memory and seconds

    def run(self) -> None:
        """Answer until the grader hangs up."""
        self.send(("ready",))
        answers: dict[str, Callable] = {
            "define": self.define, "has": self.has, "call": self.call, "create": self.create,
            "method": self.method, "seed": self.seed,
        }  # fmt: skip
        while True:
            name, *arguments = self.receive()
            try:
                reply = answers[name](*arguments)
            except BaseException as error:  # SystemExit and KeyboardInterrupt are the student's, too
                reply = telling.tell(error)
            telling.flush()
            try:
                self.send(reply)
            except wire.TooLarge as error:
                self.send(("large", str(error)))
            except Exception as error:  # of a tensor that can't be read, such as one whose memory has been taken away
                self.send(telling.tell(error))

    def receive(self) -> Any:
        """The next frame of the grader. Ends the process when there is none."""
        (size,) = wire.HEADER.unpack(self.read(wire.HEADER.size))
        return wire.read(self.read(size), tensors="plain")

    def read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            part = os.read(self.requests, min(size - len(data), 1 << 20))
            if not part:
                os._exit(0)
            data += part
        return data

    def send(self, value: Any) -> None:
        data = memoryview(wire.frame(value, self.reply_bytes))
        while data:
            data = data[os.write(self.replies, data) :]

    # What the grader may ask for ------------------------------------------------------------------------------------

    def define(self, name: str, source: str) -> tuple:
        """Run a cell in the notebook's namespace."""
        filename = telling.remember(name, source)
        exec(compile(source, filename, "exec", dont_inherit=True), self.namespace)
        return "value", None, (), None

    def has(self, name: str) -> tuple:
        return "value", name in self.namespace, (), None

    def call(self, name: str, arguments: tuple, count_ops: bool) -> tuple:
        """Call a function of the student's."""
        return self.answer(self.namespace[name], arguments, count_ops)

    def create(self, name: str, names: tuple, values: tuple) -> tuple:
        """Make an object of the student's class and keep it."""
        settings = dict(zip(names, map(self.inward, values), strict=True))
        self.objects.append(self.namespace[name](**settings))
        return "value", wire.Handle(len(self.objects) - 1), (), None

    def method(self, handle: wire.Handle, name: str, arguments: tuple) -> tuple:
        """Call a method of an object made before."""
        return self.answer(getattr(self.objects[handle.number], name), arguments, False)

    def seed(self, number: int) -> tuple:
        _SEED_TORCH(number)
        _SEED_NUMPY(number % (1 << 32))
        _SEED_PYTHON(number)
        return "value", None, (), None

    # Values ---------------------------------------------------------------------------------------------------------

    def answer(self, function: Callable, arguments: tuple, count_ops: bool) -> tuple:
        """("value", what it returned, indices of the arguments that it changed, number of operations or None)."""
        inside = tuple(map(self.inward, arguments))
        watched = {index: _Watched(one) for index, one in enumerate(inside) if isinstance(one, Tensor)}
        if count_ops:
            with _Counting() as counting:
                value = function(*inside)
        else:
            counting, value = None, function(*inside)
        changed = tuple(index for index, one in watched.items() if one.has_changed())
        return "value", self.outward(value), changed, counting.number if counting else None

    def inward(self, value: Any) -> Any:
        """What the student's code gets for a value from the grader; tensors are copies."""
        if isinstance(value, Tensor):
            return value.to(self.device, copy=True)
        if type(value) in (tuple, list):
            return type(value)(map(self.inward, value))
        if type(value) is wire.Stub and value.kind == "model":
            return ModelStub(self.ask, value.number, value.hidden_size, value.vocab_size, self.device)
        if type(value) is wire.Stub:
            return SamplerStub(self.ask, value.number)
        return value

    def outward(self, value: Any, depth: int = 0) -> Any:
        """What the wire carries for a value of the student's: the value itself, or the name of its type.

        A named tuple goes as a tuple, a class of their own made from list as a list, a parameter as a tensor.
        """
        kind = type(value)
        if kind is _PARAMETER:
            with _WithoutFunctions(), _WithoutDispatch():
                value = _BASE.detach(value)
            kind = type(value)
        if value is None or kind in (bool, float):
            return value
        if kind is int and value.bit_length() < 64:
            return value
        if issubclass(kind, np.floating):
            return float(value)
        if kind is str:
            return value[:MAX_TEXT]
        if kind is Tensor and wire.is_sendable(value):
            return value
        plain = next((one for one in (tuple, list) if issubclass(kind, one)), None)
        if plain and depth < 4:
            entries = plain.__getitem__(value, slice(MAX_ENTRIES + 1))  # whatever a named tuple says of itself
            if len(entries) <= MAX_ENTRIES:
                return plain(self.outward(one, depth + 1) for one in entries)
        return wire.Opaque(str(kind.__name__)[: wire.MAX_TYPE_NAME])

    def ask(self, number: int, arguments: tuple) -> Any:
        """Let an object in the grader answer, in the middle of a call. ValueError if it says so."""
        self.send(("ask", number, self.outward(arguments)))
        how, value = self.receive()
        if how == "refused":
            raise ValueError(value)
        return self.inward(value)


class _Counting(TorchDispatchMode):
    """Counts the operations that torch dispatches while it is on."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # to skip it torch would import it, with all of sympy: a second in each box

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        self.number += 1
        return func(*args, **(kwargs or {}))


def warm_up() -> None:
    """Load what the first call of its kind loads, once for all forks of a template."""
    with _Counting():
        torch.ones(2, 3).softmax(1)


class _Watched:
    """A tensor that an answer is given: is it afterwards as it was?

    Its bytes are compared as bytes and its shape by torch's own methods, taken before any answer was there: whatever an
    answer patches (torch.equal, Tensor.view, a mode that intercepts all of torch's functions) has no say in it.
    """

    def __init__(self, tensor: Tensor):
        self.tensor, self.form = tensor, _form(tensor)
        self.memory = _memory(tensor)
        self.before = self.memory.tobytes()

    def has_changed(self) -> bool:
        """Whether the numbers (NaN equals NaN here), the shape or the memory are others now."""
        if _form(self.tensor) != self.form:
            return True
        memory = self.memory if self.tensor.device.type == "cpu" else _memory(self.tensor)
        return memory.tobytes() != self.before


_BASE = torch._C.TensorBase
_WithoutFunctions, _WithoutDispatch = torch._C.DisableTorchFunction, torch._C._DisableTorchDispatch


def _form(tensor: Tensor) -> tuple:
    """Shape, dtype and place of a tensor."""
    with _WithoutFunctions():
        shape = tuple(map(_BASE.size, [tensor] * _BASE.dim(tensor), range(_BASE.dim(tensor))))
        return shape, _BASE.stride(tensor), _BASE.element_size(tensor), _BASE.data_ptr(tensor)


def _memory(tensor: Tensor) -> np.ndarray:
    """The bytes of a contiguous tensor: the very memory if it is on the CPU, else a copy."""
    with _WithoutFunctions(), _WithoutDispatch():
        return _BASE.numpy(_BASE.view(_BASE.reshape(_BASE.cpu(_BASE.detach(tensor)), -1), torch.uint8))
