"""Whether jobs can be graded in a process: the box holds, the device is there, the grader's code is the same.

Workers import this before anything else of the coordinator's, so it imports nothing heavy.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from grader.paths import CourseError

GRADES_WITH = ("__init__", "check_examples", "expect", "tapes")
"""What `grader.judging` loads of `course_lib`; a test compares. The rest of it, the seminar's, changes no verdict."""


@dataclass(frozen=True)
class Ready:
    """Sees to it, in the process where it is called, that jobs can be graded there."""

    boxed: bool
    device: str
    limits: dict[str, Any]

    def __call__(self) -> dict[str, Any]:
        """What is there. Raises CourseError, with a sentence, if jobs cannot be graded."""
        if self.boxed:
            from grader.box.limits import Limits
            from grader.box.preflight import require

            require(device=self.device, limits=Limits.from_dict(self.limits))
        if self.device == "cuda":
            import torch

            if not torch.cuda.is_available():
                raise CourseError("--device cuda: torch finds no CUDA device here; grade with --device cpu.")
        return {"grader": code_digest()}


@cache
def code_digest() -> str:
    """A digest of all code of the kit's on which a verdict depends."""
    found = hashlib.sha256()
    for name, path in digested().items():
        found.update(f"{name}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def digested() -> dict[str, Path]:
    """The files of that code, by names that are the same wherever the packages are installed."""
    grader = Path(__file__).resolve().parent
    course_lib = Path(find_spec("course_lib").origin).resolve().parent  # without importing any of it
    paths = [*sorted(grader.rglob("*.py")), *(course_lib / f"{name}.py" for name in GRADES_WITH)]
    tops = {grader: "grader", course_lib: "course_lib"}
    return {f"{tops[top]}/{path.relative_to(top)}": path for path in paths for top in tops if top in path.parents}
