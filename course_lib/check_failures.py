"""How a visible check fails: a picture, one sentence, and of the traceback only the student's own lines.

`CheckFailed` is an AssertionError, so nbgrader's validate sees a failure. IPython asks an exception that has
`_render_traceback_` how it wants to be shown; everywhere else the ordinary traceback appears.
"""

import sys
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any

from course_lib.check_pictures import Picture, show

HERE = str(Path(__file__).parent)
RED, PLAIN = "\x1b[31m", "\x1b[0m"


class CheckFailed(AssertionError):
    """An answer is not right. The message is one Russian sentence about the idea.

    Attributes:
        picture: what came beside what was expected, or None.
    """

    def __init__(self, sentence: str, picture: Picture | None = None):
        super().__init__(sentence)
        self.picture = picture

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the student's lines that an exception came from, if one did, and the sentence."""
        cause = self.__cause__
        return [*(student_traceback(cause) if cause else []), f"{RED}✗{PLAIN} {self}"]


def checking(check: Callable[..., None]) -> Callable[..., None]:
    """A check that shows the picture of its failure, and of an exception in the answer only the student's part."""

    @wraps(check)
    def checked(*answers: Any) -> None:
        try:
            check(*answers)
        except CheckFailed as failure:
            if failure.picture is not None:
                show(failure.picture)
            raise
        except Exception as error:
            _shorten(error)
            raise

    return checked


def student_frames(tb: TracebackType | None) -> TracebackType | None:
    """A traceback without the frames of this package and of torch, and without the call of the check itself.

    None if the answer has no frame of its own in it.
    """
    frames = [one for one in _chain(tb)]
    first_ours = next((i for i, one in enumerate(frames) if _is_ours(one)), -1)
    kept = [one for one in frames[first_ours + 1 :] if not _is_ours(one) and not _is_library(one)]
    result: TracebackType | None = None
    for one in reversed(kept):
        result = TracebackType(result, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return result


def student_traceback(error: BaseException) -> list[str]:
    """An exception of the answer as IPython shows one, the student's own frames only."""
    tb = student_frames(error.__traceback__)
    shell = _shell()
    if shell is None or tb is None:
        return traceback.format_exception_only(type(error), error)
    try:
        return list(shell.InteractiveTB.structured_traceback(type(error), error, tb, tb_offset=0))
    except Exception:  # the formatter is IPython's own affair; the message matters more than its colours
        return traceback.format_exception(type(error), error, tb)


def _shorten(error: Exception) -> None:
    """Let a notebook show only the student's part of an exception's traceback."""
    try:
        error._render_traceback_ = lambda: student_traceback(error)
    except (AttributeError, TypeError):
        return  # an exception class without room for attributes keeps its long traceback


def _chain(tb: TracebackType | None) -> list[TracebackType]:
    found = []
    while tb is not None:
        found.append(tb)
        tb = tb.tb_next
    return found


def _is_ours(tb: TracebackType) -> bool:
    return tb.tb_frame.f_code.co_filename.startswith(HERE)


def _is_library(tb: TracebackType) -> bool:
    return "torch" in Path(tb.tb_frame.f_code.co_filename).parts


def _shell() -> Any:
    """The running IPython shell, or None; nothing is imported for it."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None
