"""What a call into a box takes beside plain values, and how it ends: a Reply, StudentError, Fault or BoxError."""

from dataclasses import dataclass
from typing import Any


class Fault(Exception):
    """The submission broke a limit or its process.

    Attributes:
        kind: "timeout", "memory", "output" or "crash".
        detail: for the instructor's log.
    """

    def __init__(self, kind: str, detail: str):
        super().__init__(f"{kind}: {detail}")
        self.kind, self.detail = kind, detail


class BoxError(Exception):
    """The box itself can't be had; says nothing about the submission."""


class StudentError(Exception):
    """The student's code raised an exception.

    Attributes:
        kind: "NotImplementedError", "ValueError", "AssertionError" or "" for any other, subclasses included.
        type_name: the name of its class.
        message: at most 500 characters, without control characters. Untrusted text: escape it.
        line: of the student's cell, or None.
        code: that line, or None. Untrusted text, too.
    """

    def __init__(self, kind: str, type_name: str, message: str, line: int | None, code: str | None):
        super().__init__(f"{type_name}: {message}" + (f" (line {line}: {code})" if line else ""))
        self.kind, self.type_name, self.message, self.line, self.code = kind, type_name, message, line, code


@dataclass(frozen=True)
class Reply:
    """What a call returned: the value, the arguments that it changed in place, the number of torch operations."""

    value: Any
    changed: tuple[int, ...] = ()
    ops: int | None = None


@dataclass(frozen=True)
class Model:
    """An argument that is a language model inside. `answering` lives here and has
    `forward(input_ids, init_states) -> (logits, (h, c))`, which may raise ValueError, and `hidden_size`, `vocab_size`.
    What it gets is whatever the student's code passed: tensors on the CPU, tuples, numbers, Opaque."""

    answering: Any


@dataclass(frozen=True)
class Sampler:
    """An argument that is a sampler inside. `answering.sample(logits)` gives (tokens, entropy) or raises ValueError."""

    answering: Any
