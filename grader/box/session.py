"""The grader's side of a box: starts it, asks, keeps the clock, counts what is printed, and ends it.

    with Session(Limits()) as box:
        box.define("entropy", source)
        reply = box.call("entropy", probs)     # reply.value is a TensorValue, a number, a tuple, an Opaque, ...

Every call either returns, or raises StudentError (their code raised; the box is still good), or Fault (the box is gone,
and every later call raises the same Fault), or BoxError (the box could not be had: nobody's fault but the machine's).
All of these are in grader.box.outcomes.
"""

import math
import time
from collections.abc import Callable
from typing import Any

from grader.box import wire
from grader.box.forked import ForkedProcess
from grader.box.limits import Limits
from grader.box.outcomes import BoxError, Fault, Model, Reply, Sampler, StudentError
from grader.box.process import BoxProcess, Closed, Lost, Timeout, TooMuch
from grader.box.replies import clean, malformed, outcome_of
from grader.box.wire import Handle, Stub, TensorValue

START_SECONDS = 120.0
"""For the start alone, which takes about two: a machine on which it takes longer can't grade."""


class Session:
    """One box with one student's code in it.

    Args:
        limits: what it may use.
        device: where the worker puts tensors, "cpu" or "cuda".
        seed: of the generators inside at the start.
        boxed: False runs a plain process with limits and no walls, for machines without bubblewrap.
        reuse: fork it in a box that has served other submissions already, if that is possible: a second faster.
        until: no call goes on after this moment of `time.monotonic()`.

    `start()` begins without waiting; entering does it, too.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        device: str = "cpu",
        seed: int = 0,
        boxed: bool = True,
        reuse: bool = False,
        until: float = math.inf,
    ):
        self.limits = limits or Limits()
        self.device, self._seed, self._boxed = device, seed, boxed
        self._reuse = reuse and boxed and device == "cpu"  # CUDA doesn't survive a fork
        self._process: BoxProcess | None = None
        self._ended: Exception | None = None
        self._ready = False
        self._left, self._until = self.limits.wall_seconds_in_all, until
        self._spent = 0.0
        self._answering: list[tuple[Callable, int]] = []  # and how many arguments each takes

    def start(self) -> "Session":
        """Start the process and return at once; the first call waits for it. BoxError if it can't be started."""
        if self._process is None:
            try:
                if self._reuse:
                    self._process = ForkedProcess(self.limits, self.device, self._seed)
                else:
                    self._process = BoxProcess(self.limits, self.device, self._seed, self._boxed)
            except OSError as error:
                raise BoxError(f"The box could not be started: {error}") from error
        return self

    def __enter__(self) -> "Session":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Kill everything in the box and wait until it is gone. Once is enough, twice does no harm."""
        if self._ended is None:
            self._ended = BoxError("The box was closed.")
        if self._process is not None:
            self._process.end()

    def begin_task(self) -> None:
        """All calls from here on have the time for one task together."""
        self._left = self.limits.wall_seconds_in_all

    @property
    def is_worn(self) -> bool:
        """Whether so much time was spent in this box that a further task might be ended because of earlier ones."""
        return self._spent > self.limits.cpu_seconds_in_all / 2

    @property
    def output(self) -> str:
        """The beginning of what was printed, control characters removed. Untrusted text."""
        return clean(bytes(self._process.kept).decode("utf-8", "replace"), 4096, "\n") if self._process else ""

    # What can be asked ----------------------------------------------------------------------------------------------

    def define(self, name: str, source: str) -> None:
        """Run a cell's source in the notebook's namespace; `name` stands in tracebacks. StudentError, Fault."""
        self._ask(("define", name, source))

    def has(self, name: str) -> bool:
        """Whether the namespace has the name. Fault."""
        return self._answer_of_the_worker(("has", name)) is True

    def call(self, name: str, *args: Any, count_ops: bool = False) -> Reply:
        """Call a function of the namespace.

        Args:
            name: of the function.
            args: tensors (on the CPU here; inside they are copies on the session's device), int, float, str, bool,
                None, Model, Sampler, and tuples of those.
            count_ops: also count the torch operations.

        Raises:
            StudentError: it raised. Also if there is no such name, with a KeyError that is the worker's own and no
                line of theirs: ask `has` before.
            Fault: it broke a limit.
        """
        return self._ask(("call", name, self._outward(args), count_ops))

    def create(self, name: str, **kwargs: Any) -> Handle:
        """Make an object of a class of the namespace; it stays in the box. StudentError, Fault."""
        handle = self._ask(("create", name, tuple(kwargs), self._outward(tuple(kwargs.values())))).value
        if type(handle) is not Handle:
            raise self._stop(malformed("create answered with something else"))
        return handle

    def method(self, handle: Handle, method: str, *args: Any) -> Reply:
        """Call a method of an object that `create` made. StudentError, Fault."""
        return self._ask(("method", handle, method, self._outward(args)))

    def seed(self, number: int) -> None:
        """Seed torch, numpy and random inside. Fault."""
        self._answer_of_the_worker(("seed", number))

    # ----------------------------------------------------------------------------------------------------------------

    def _answer_of_the_worker(self, request: tuple) -> Any:
        """What the worker itself answers, which no student code may make fail. Fault."""
        try:
            return self._ask(request).value
        except StudentError as error:
            raise self._stop(Fault("crash", f"the worker was tampered with: {request[0]}: {error}")) from error

    def _ask(self, request: tuple) -> Reply:
        """Send a request and read what comes, until the reply is there."""
        self._wait_until_ready()
        began = time.monotonic()
        deadline = min(began + self.limits.wall_seconds, began + self._left, self._until)
        self._process.start_clock()
        try:
            message = self._exchange(request, deadline)
            while message[0] == "ask":
                message = self._exchange(self._answer_to(message), deadline)
        except BaseException as error:
            if self._ended is None and not isinstance(error, StudentError):
                self._ended = error if isinstance(error, Exception) else BoxError("The box was interrupted.")
                self.close()
            raise
        finally:
            self._left -= time.monotonic() - began
            self._spent += time.monotonic() - began
            self._answering.clear()
        outcome = outcome_of(message)
        if isinstance(outcome, Reply):
            return outcome
        raise self._stop(outcome) if isinstance(outcome, Fault) else outcome

    def _wait_until_ready(self) -> None:
        if self._ended is not None:
            raise self._ended
        if self._ready:
            return
        self.start()
        try:
            message = self._read(time.monotonic() + START_SECONDS)
        except Fault as fault:
            self._ended = BoxError(f"The box did not start ({fault.detail}). It said: {self.output.strip()[-500:]!r}")
        else:
            if message == ("ready",):
                self._ready = True
                return
            self._ended = BoxError("The box started with something else than its greeting.")
        self.close()
        raise self._ended

    def _exchange(self, request: tuple, deadline: float) -> tuple:
        """Send one frame and return the next one."""
        data = wire.frame(request, MAX_REQUEST)
        try:
            self._process.write(data, deadline)
        except (Closed, Timeout, TooMuch) as stop:
            raise self._fault(stop) from stop
        return self._read(deadline)

    def _read(self, deadline: float) -> tuple:
        try:
            (size,) = wire.HEADER.unpack(self._process.read(wire.HEADER.size, deadline))
            if size > self.limits.reply_bytes:
                raise malformed(f"a reply of {size} bytes was announced")
            message = wire.read(self._process.read(size, deadline))
        except (Closed, Timeout, TooMuch) as stop:
            raise self._fault(stop) from stop
        except wire.WireError as error:
            raise malformed(str(error)) from error
        if type(message) is not tuple or not message or type(message[0]) is not str:
            raise malformed("a reply is no message")
        return message

    def _answer_to(self, message: tuple) -> tuple:
        """Let the grader's own object answer a question from inside."""
        match message:
            case ("ask", int(number), tuple() as arguments) if 0 <= number < len(self._answering):
                answer, expected = self._answering[number]
                if len(arguments) == expected:
                    try:
                        return "answer", self._outward(answer(*map(_plain, arguments)))
                    except ValueError as error:
                        return "refused", str(error)
                    except Exception as error:  # of what a student passed: the answering object expects sense
                        return "refused", type(error).__name__
        raise malformed("a question is no message")

    def _outward(self, value: Any) -> Any:
        """Arguments as the wire carries them."""
        if type(value) in (tuple, list):
            return type(value)(map(self._outward, value))
        if isinstance(value, Model):
            about = value.answering
            self._answering.append((about.forward, 2))
            return Stub("model", len(self._answering) - 1, about.hidden_size, about.vocab_size)
        if isinstance(value, Sampler):
            self._answering.append((value.answering.sample, 1))
            return Stub("sampler", len(self._answering) - 1)
        return value

    def _stop(self, fault: Fault) -> Fault:
        """After this fault the box is not used again."""
        self._ended = fault
        self.close()
        return fault

    def _fault(self, stop: Exception) -> Fault | BoxError:
        """What the end of the process says about the submission; BoxError if it says nothing about it."""
        if isinstance(stop, Timeout):
            return Fault("timeout", str(stop))
        if isinstance(stop, TooMuch):
            return Fault("output", f"more than {self.limits.output_bytes} bytes were printed")
        try:
            return Fault(*self._process.verdict())
        except Lost as lost:
            return BoxError(f"The box is gone ({lost}). It said: {self.output.strip()[-500:]!r}")


MAX_REQUEST = 1 << 30
MAX_ASKED = 1 << 17
"""Numbers in a tensor that a question may hold: the answer is computed outside, where no limit of the box holds."""


def _plain(value: Any) -> Any:
    """A value from inside as the grader's own models and samplers take it: tensors without a device."""
    if isinstance(value, TensorValue):
        if value.tensor.numel() > MAX_ASKED:
            raise ValueError(f"{value.tensor.numel()} numbers at once are too many")
        return value.tensor
    return type(value)(map(_plain, value)) if type(value) in (tuple, list) else value
