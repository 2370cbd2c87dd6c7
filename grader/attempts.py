"""Which jobs still need an answer, and how often each was tried: shared by all ways of running jobs.

A submission counts once. The first sound verdict settles a job, and what arrives later for it is dropped. A try that
brings no sound verdict (its worker died, the grader raised, the verdict is malformed) says nothing about the submission
and is repeated, up to `RETRIES` times; then a person has to look.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from grader.results import BadVerdict

RETRIES = 3
"""How often a job is repeated after a first try without a verdict."""

Check = Callable[["Work", bytes], None]
"""Raises BadVerdict, with a sentence, if the bytes are no sound verdict on the work."""


@dataclass(frozen=True)
class Work:
    """One job to run. `key` names it in this run, `seconds` is what one try may take from start to end."""

    key: str
    job: bytes
    seconds: float


@dataclass(frozen=True)
class Settled:
    """How a job ended: the verdict's bytes, or None and what went wrong in each try (English, for the log)."""

    key: str
    verdict: bytes | None
    tries: int
    log: str = ""


class Ledger:
    """The book of one run.

    Args:
        works: all of it; keys must differ.
        check: says whether verdict bytes are sound.
    """

    def __init__(self, works: Iterable[Work], check: Check = lambda work, verdict: None) -> None:
        works = list(works)
        self._open = {work.key: work for work in works}
        if len(self) < len(works):
            raise ValueError("two works have one key")
        self._problems: dict[str, list[str]] = {key: [] for key in self._open}
        self._check = check

    def is_open(self, key: str) -> bool:
        """Whether an answer is still wanted."""
        return key in self._open

    def __len__(self) -> int:
        """How many answers are still wanted."""
        return len(self._open)

    def arrived(self, key: str, verdict: bytes) -> Settled | None:
        """Note the bytes that a try brought.

        Returns:
            The job's end if this settles the job; None if it was settled before or has to be tried again.
        """
        if not self.is_open(key):
            return None
        try:
            self._check(self._open[key], verdict)
        except BadVerdict as error:
            return self.failed(key, str(error))
        return self._settle(key, verdict)

    def failed(self, key: str, problem: str, final: bool = False) -> Settled | None:
        """Note that a try brought nothing; `final` means that another one would not either. Returns as `arrived`."""
        if not self.is_open(key):
            return None
        self._problems[key].append(problem)
        if final or len(self._problems[key]) > RETRIES:
            return self._settle(key, None)
        return None

    def _settle(self, key: str, verdict: bytes | None) -> Settled:
        del self._open[key]
        problems = self._problems.pop(key)
        log = "\n".join(f"try {number}: {problem}" for number, problem in enumerate(problems, start=1))
        return Settled(key, verdict, len(problems) + (verdict is not None), log)
