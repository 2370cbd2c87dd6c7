"""Whether jobs can be graded in a process: the box holds, the device is there, the grader's code is the same.

Workers import this before anything else of the coordinator's, so it imports nothing heavy.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from grader.paths import CourseError


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


def code_digest() -> str:
    """A digest of the grader's own code."""
    return _files_digest(Path(__file__).resolve().parent)


@cache
def _files_digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        found.update(f"{path.relative_to(folder)}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
