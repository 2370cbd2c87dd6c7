"""What a message from a box says of a call. It was written by the student's process: every part of it may be a lie."""

from typing import Any

from grader.box.outcomes import Fault, Reply, StudentError

KINDS_OF_ERRORS = ("NotImplementedError", "ValueError", "AssertionError")


def outcome_of(message: tuple) -> Reply | StudentError | Fault:
    """How the call ended of which the worker says this; a malformed message is a fault.

    Args:
        message: as it came from the wire, a str first. What is taken over from it is of the right type, and no more.
    """
    match message:
        case ("value", value, tuple() as changed, ops) if _is_indices(changed) and _is_count(ops):
            return Reply(value, changed, ops)
        case ("error", str(), str(name), str(text), _, _, "memory" | "output" as kind):
            return Fault(kind, clean(f"{name}: {text}", 500))
        case ("error", str(kind), str(name), str(text), line, code, ""):
            return StudentError(
                kind if kind in KINDS_OF_ERRORS else "",
                clean(name, 100) or "Exception",
                clean(text, 500),
                line if type(line) is int and 0 < line < 1 << 31 else None,
                clean(code, 300) if type(code) is str else None,
            )
        case ("large", str(text)):
            return Fault("output", f"the returned value: {clean(text, 200)}")
    return malformed("a reply is no message")


def malformed(detail: str) -> Fault:
    """The fault of a box that breaks the protocol."""
    return Fault("crash", f"malformed reply: {detail}")


def clean(text: str, length: int, allowed: str = "") -> str:
    """Text that is safe in a log and a page's source: no control, format or half characters."""
    return "".join(c if c.isprintable() or c in allowed else " " for c in text[: 2 * length])[:length].strip()


def _is_indices(values: tuple) -> bool:
    return all(type(value) is int and 0 <= value < 100 for value in values)


def _is_count(value: Any) -> bool:
    return value is None or (type(value) is int and value >= 0)
