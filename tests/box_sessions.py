"""Boxes for tests, the next one always warm: two seconds of waiting less for each."""

from collections.abc import Iterator

import pytest

from grader.box.forked import close_idle
from grader.box.limits import MIB, Limits
from grader.box.session import Session

LIMITS = Limits(wall_seconds=30, address_space=512 * MIB, file_bytes=1 * MIB, tmp_bytes=4 * MIB, output_bytes=200_000,
                reply_bytes=2 * MIB, processes=20)  # fmt: skip


class Warm:
    """Hands out boxes with LIMITS and keeps one more getting ready; a box handed out is closed with the next one."""

    def __init__(self) -> None:
        self.given: Session | None = None
        self.next = Session(LIMITS).start()

    def __call__(self, source: str = "") -> Session:
        """A fresh box in which the source was run."""
        if self.given is not None:
            self.given.close()
        self.given, self.next = self.next, Session(LIMITS).start()
        if source:
            self.given.define("answer", source)
        return self.given

    def close(self) -> None:
        self.next.close()
        if self.given is not None:
            self.given.close()


def warm_boxes() -> Iterator[Warm]:
    """The body of a module's fixture."""
    warm = Warm()
    yield warm
    warm.close()


@pytest.fixture(scope="module", autouse=True)
def nothing_stays() -> Iterator[None]:
    """No box is kept for the next submission when the tests of a module that imports this are over."""
    yield
    close_idle()
