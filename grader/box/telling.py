"""Inside the box: what the worker tells about an exception of the student's code, whatever kind of object it is."""

import errno
import linecache
import sys
from types import TracebackType

NAMED = (NotImplementedError, ValueError, AssertionError)
NO_MEMORY = ("can't allocate memory", "out of memory", "bad_alloc", "Cannot allocate memory")
NO_SPACE = (errno.EFBIG, errno.ENOSPC, errno.EDQUOT)


def remember(name: str, source: str) -> str:
    """The file name to compile a cell's source under, so that its lines can be told. Not for Python's own modules."""
    filename = f"<{name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    return filename


def tell(error: BaseException) -> tuple:
    """("error", kind, type name, message, line or None, the line's source or None, fault or "").

    The fault is what the exception says about limits: "memory", "output" for a file that grew too large, or "".
    """
    kinds = type.mro(type(error))
    kind = next((named.__name__ for named in NAMED for one in kinds if one is named), "")
    message = _message(error)
    line, code = _place(error)
    return "error", kind, _type_name(error), message, line, code, _fault(error, kinds, message)


def _type_name(error: BaseException) -> str:
    try:
        return str(type.__dict__["__name__"].__get__(type(error)))[:100]
    except BaseException:
        return "Exception"


def _message(error: BaseException) -> str:
    try:
        return str(str(error))[:1000]
    except BaseException:
        return ""


def _place(error: BaseException) -> tuple[int | None, str | None]:
    """The last line of the student's cells that the exception passed."""
    line = filename = None
    if isinstance(error, SyntaxError) and isinstance(error.lineno, int):
        line, filename = error.lineno, error.filename
    at: TracebackType | None = error.__traceback__
    while at is not None:
        name = at.tb_frame.f_code.co_filename
        if name.startswith("<") and name in linecache.cache:
            line, filename = at.tb_lineno, name
        at = at.tb_next
    if line is None:
        return None, None
    code = linecache.getline(filename, line).strip()[:300] if isinstance(filename, str) else ""
    return line, code or None


def _fault(error: BaseException, kinds: list[type], message: str) -> str:
    if MemoryError in kinds or any(text in message for text in NO_MEMORY):
        return "memory"
    number = OSError.errno.__get__(error) if OSError in kinds else None
    return "output" if type(number) is int and number in NO_SPACE else ""


def flush() -> None:
    """Send what was printed on its way, if the streams are still streams."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            continue
