"""How much a submission may use before the box ends it: plain numbers, and the setting that instructors change."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from traitlets import Float, Integer, TraitError, validate
from traitlets.config import Configurable

from grader.paths import CourseError

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True)
class Limits:
    """What one box may use. The defaults are generous: a slow but right answer passes.

    Attributes:
        cpu_seconds: of the processor for one call into the box: what ends a loop without an end, after the same work
            on an idle machine and on a busy one.
        cpu_seconds_in_all: of the processor for one box, which the kernel itself sees to.
        wall_seconds: for one call, by the grader's clock: for an answer that waits and does nothing. It is long, so
            that a right answer on a busy machine has time enough.
        wall_seconds_in_all: for all calls of one task together.
        submission_seconds: for one submission from beginning to end, by the grader's clock: cells, tasks and the
            examples of its page. Then what is left is lost. A right submission takes a few.
        address_space: bytes that the answers may take on top of what Python and torch take themselves.
        processes: processes and threads; a new process is refused in any case.
        open_files: open at a time.
        file_bytes: size of one file.
        files: files, folders and links in the three writable folders together; each takes a kilobyte of the kernel's,
            also if it is empty. They are counted a few times a second, and not on a GPU.
        tmp_bytes: size of each of the three writable folders, which are memory.
        output_bytes: printed to stdout and stderr together.
        reply_bytes: of one returned value; a right answer's largest has 100 kB, or 130 in double precision.
    """

    cpu_seconds: float = 10.0
    cpu_seconds_in_all: int = 150
    wall_seconds: float = 60.0
    wall_seconds_in_all: float = 180.0
    submission_seconds: float = 900.0
    address_space: int = 4 * GIB
    processes: int = 64
    open_files: int = 128
    file_bytes: int = 16 * MIB
    files: int = 10_000
    tmp_bytes: int = 32 * MIB
    output_bytes: int = 1 * MIB
    reply_bytes: int = 2 * MIB

    def __post_init__(self) -> None:
        for field in fields(self):
            value, least = getattr(self, field.name), LEAST.get(field.name, 1)
            kinds = (int, float) if field.type is float else (int,)
            if type(value) not in kinds or not least <= value < 1 << 53:
                raise CourseError(
                    f"The box's limit {field.name}={value!r} must be {'a' if field.type is float else 'a whole'} "
                    f"number of at least {least}."
                )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Limits":
        """The limits that `to_dict` wrote; a missing one is the default. CourseError names what is wrong."""
        if not isinstance(data, dict):
            raise CourseError(f"The box's limits are {data!r}: they must be names with numbers.")
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(map(str, data)) - set(known)):
            raise CourseError(f"The box has no limit {', '.join(unknown)}; there are {', '.join(known)}.")
        return cls(**data)

    def to_dict(self) -> dict[str, Any]:
        """The limits as plain data."""
        return asdict(self)


LEAST = {
    "wall_seconds": 0.01,
    "wall_seconds_in_all": 0.01,
    "submission_seconds": 0.01,
    "cpu_seconds": 0.01,
    "cpu_seconds_in_all": 2,  # what torch alone needs
    "address_space": 64 * MIB,
    "processes": 4,
    "open_files": 32,
    "file_bytes": 4096,
    "files": 10,
    "tmp_bytes": 4096,
    "reply_bytes": 4096,
}
"""Below these the box itself would not start, or no answer could be given."""


class Box(Configurable):
    """The limits as nbgrader settings: `c.Box.wall_seconds = 60` in nbgrader_config.py."""

    cpu_seconds = Float(Limits.cpu_seconds, help="processor seconds for one call of a function").tag(config=True)
    cpu_seconds_in_all = Integer(Limits.cpu_seconds_in_all, help="processor seconds for a box").tag(config=True)
    wall_seconds = Float(Limits.wall_seconds, help="seconds for one call, also an idle one").tag(config=True)
    wall_seconds_in_all = Float(Limits.wall_seconds_in_all, help="seconds for all calls of a task").tag(config=True)
    submission_seconds = Float(Limits.submission_seconds, help="seconds for a whole submission").tag(config=True)
    address_space = Integer(Limits.address_space, help="bytes of memory for the answers").tag(config=True)
    processes = Integer(Limits.processes, help="threads at a time").tag(config=True)
    open_files = Integer(Limits.open_files, help="open files at a time").tag(config=True)
    file_bytes = Integer(Limits.file_bytes, help="bytes of one file").tag(config=True)
    files = Integer(Limits.files, help="files in the writable folders").tag(config=True)
    tmp_bytes = Integer(Limits.tmp_bytes, help="bytes of each writable folder").tag(config=True)
    output_bytes = Integer(Limits.output_bytes, help="bytes printed").tag(config=True)
    reply_bytes = Integer(Limits.reply_bytes, help="bytes of one returned value").tag(config=True)

    @validate(*[field.name for field in fields(Limits)])
    def _is_possible(self, proposal: dict[str, Any]) -> Any:
        try:
            Limits.from_dict({proposal["trait"].name: proposal["value"]})
        except CourseError as error:
            raise TraitError(str(error)) from error
        return proposal["value"]

    def limits(self) -> Limits:
        """The settings as they are now."""
        return Limits(**{field.name: getattr(self, field.name) for field in fields(Limits)})
