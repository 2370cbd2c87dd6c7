"""The wire between the grader and the box: plain bytes of known length, and nothing that runs when it is read.

A frame is its length (8 bytes, little-endian) and as many bytes: one encoded value, mostly a tuple whose first entry
names the message. Values are None, bool, int, float, str, tuple, list, tensor and the four small classes below. Nothing
is pickled, evaluated or looked up by name. What comes out of the box is written by the student's process, so the reader
believes no number in it: every size is compared with the bytes that are really there before anything is made of it.

Used on both sides: inside the box this file is imported without the rest of the kit.
"""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

HEADER = struct.Struct("<Q")
MAX_DEPTH, MAX_ITEMS, MAX_DIMS, MAX_NUMBERS = 6, 20_000, 8, 1 << 40
MAX_INT_BYTES, MAX_TYPE_NAME = 128, 100
DTYPES = (
    torch.float16, torch.bfloat16, torch.float32, torch.float64,
    torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool,
)  # fmt: skip
DEVICES = ("cpu", "cuda")


class WireError(ValueError):
    """Bytes that are no value of this protocol, or a value that it can't carry."""


class TooLarge(WireError):
    """A value that would take more bytes than may be sent."""


@dataclass(frozen=True)
class Opaque:
    """A value of another kind: only the name of its type comes through."""

    type_name: str


@dataclass(frozen=True)
class TensorValue:
    """A tensor from the box: the numbers (on the CPU, dtype kept) and the kind of device it was on."""

    tensor: Tensor
    device: str = "cpu"


@dataclass(frozen=True)
class Handle:
    """An object that stays in the box, such as a student's Sampler."""

    number: int


@dataclass(frozen=True)
class Stub:
    """What the worker puts a stand-in in place of: `kind` is "model" or "sampler", the attributes are for a model."""

    kind: str
    number: int
    hidden_size: int = 0
    vocab_size: int = 0


def frame(value: Any, limit: int) -> bytes:
    """A value as bytes with the length in front. TooLarge above `limit` bytes, WireError for what can't be sent."""
    writer = _Writer(limit)
    writer.value(value, 0)
    return HEADER.pack(writer.size) + b"".join(writer.parts)


def read(payload: bytes | bytearray, tensors: str = "value") -> Any:
    """The value of a frame's bytes (without the length).

    Args:
        payload: what stood after the length.
        tensors: "value" makes TensorValue of tensors, "plain" makes torch.Tensor.

    Raises:
        WireError: it is not exactly one well-formed value.
    """
    reader = _Reader(memoryview(payload), tensors == "plain")
    try:
        value = reader.value(0)
    except (struct.error, UnicodeDecodeError, OverflowError, RuntimeError, TypeError) as error:
        raise WireError(f"malformed value: {error}") from error
    if reader.at != len(payload):
        raise WireError(f"{len(payload) - reader.at} bytes after the value")
    return value


def tensor_bytes(tensor: Tensor) -> int:
    """How many bytes a tensor's numbers take on the wire."""
    return tensor.numel() * tensor.element_size()


def is_sendable(tensor: Tensor) -> bool:
    """Whether it is a plain dense tensor with numbers of a kind that can be sent."""
    return (
        type(tensor) is Tensor
        and tensor.layout == torch.strided
        and tensor.dtype in DTYPES
        and tensor.device.type in DEVICES
        and tensor.dim() <= MAX_DIMS
        and not (tensor.is_quantized or tensor.is_conj())
    )


def numbers_of(tensor: Tensor) -> bytes:
    """The bytes of a dense tensor's numbers, row after row, however they lie in memory."""
    plain = tensor.detach().resolve_neg().to("cpu")
    # Where a size is 1 a "contiguous" tensor may have any stride, and can't be looked at as bytes; a clone has its own.
    return plain.clone(memory_format=torch.contiguous_format).reshape(-1).view(torch.uint8).numpy().tobytes()


class _Writer:
    """Collects the bytes of one value."""

    def __init__(self, limit: int):
        self.parts: list[bytes] = []
        self.size, self.limit, self.items = 0, limit, 0

    def add(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self.limit:
            raise TooLarge(f"more than {self.limit} bytes")
        self.parts.append(data)

    def value(self, value: Any, depth: int) -> None:
        self.items += 1
        kind = type(value)
        if value is None or kind is bool:
            self.add(b"N" if value is None else b"T" if value else b"F")
        elif kind is int:
            self.integer(value)
        elif kind is float:
            self.add(b"f" + struct.pack("<d", value))
        elif kind is str:
            self.text(b"s", value)
        elif kind in (tuple, list):
            self.sequence(b"(" if kind is tuple else b"[", value, depth)
        elif kind is TensorValue or isinstance(value, Tensor):
            self.tensor(value.tensor if kind is TensorValue else value)
        elif kind is Opaque:
            self.text(b"o", value.type_name[:MAX_TYPE_NAME])
        elif kind is Handle:
            self.add(b"h" + struct.pack("<I", value.number))
        elif kind is Stub:
            letter = {"model": b"m", "sampler": b"p"}[value.kind]
            self.add(letter + struct.pack("<III", value.number, value.hidden_size, value.vocab_size))
        else:
            raise WireError(f"a value of type {kind.__name__} can't be sent")

    def integer(self, value: int) -> None:
        data = value.to_bytes((value.bit_length() + 8) // 8, "little", signed=True)
        if len(data) > MAX_INT_BYTES:
            raise WireError(f"an int of {len(data)} bytes can't be sent")
        self.add(b"i" + struct.pack("<B", len(data)) + data)

    def text(self, letter: bytes, value: str) -> None:
        data = value.encode("utf-8", "backslashreplace")
        self.add(letter + struct.pack("<I", len(data)) + data)

    def sequence(self, letter: bytes, values: tuple | list, depth: int) -> None:
        if depth >= MAX_DEPTH or self.items + len(values) > MAX_ITEMS:
            raise WireError(f"a {type(values).__name__} with too many entries or levels")
        self.add(letter + struct.pack("<I", len(values)))
        for value in values:
            self.value(value, depth + 1)

    def tensor(self, tensor: Tensor) -> None:
        if not is_sendable(tensor):
            raise WireError(f"a tensor of type {type(tensor).__name__}, {tensor.dtype}, {tensor.layout} can't be sent")
        if self.size + tensor_bytes(tensor) > self.limit:
            raise TooLarge(f"a tensor of {tensor_bytes(tensor)} bytes")
        device = DEVICES.index(tensor.device.type)
        shape = tuple(tensor.shape)
        self.add(b"t" + struct.pack(f"<BBB{len(shape)}Q", DTYPES.index(tensor.dtype), device, len(shape), *shape))
        if tensor.numel():
            self.add(numbers_of(tensor))


class _Reader:
    """Reads one value from bytes that nobody vouches for."""

    def __init__(self, data: memoryview, plain: bool):
        self.data, self.plain = data, plain
        self.at = self.items = 0

    def take(self, size: int) -> memoryview:
        if size < 0 or size > len(self.data) - self.at:
            raise WireError(f"{size} bytes promised, {len(self.data) - self.at} there")
        self.at += size
        return self.data[self.at - size : self.at]

    def unpack(self, form: str) -> tuple:
        return struct.unpack(form, self.take(struct.calcsize(form)))

    def value(self, depth: int) -> Any:
        self.items += 1
        letter = bytes(self.take(1))
        if letter in b"NTF":
            return {b"N": None, b"T": True, b"F": False}[letter]
        if letter == b"i":
            size = self.unpack("<B")[0]
            if size > MAX_INT_BYTES:
                raise WireError("an int that is too long")
            return int.from_bytes(self.take(size), "little", signed=True)
        if letter == b"f":
            return self.unpack("<d")[0]
        if letter in b"so":
            text = str(self.take(self.unpack("<I")[0]), "utf-8")
            return text if letter == b"s" else Opaque(text[:MAX_TYPE_NAME])
        if letter in b"([":
            return self.sequence(letter, depth)
        if letter == b"t":
            return self.tensor()
        if letter == b"h":
            return Handle(*self.unpack("<I"))
        if letter in b"mp":
            return Stub("model" if letter == b"m" else "sampler", *self.unpack("<III"))
        raise WireError(f"unknown kind {letter!r}")

    def sequence(self, letter: bytes, depth: int) -> tuple | list:
        count = self.unpack("<I")[0]
        if depth >= MAX_DEPTH or self.items + count > MAX_ITEMS:
            raise WireError(f"{count} entries at depth {depth}")
        values = [self.value(depth + 1) for _ in range(count)]
        return tuple(values) if letter == b"(" else values

    def tensor(self) -> Tensor | TensorValue:
        kind, device, dims = self.unpack("<BBB")
        if kind >= len(DTYPES) or device >= len(DEVICES) or dims > MAX_DIMS:
            raise WireError(f"tensor header {kind}, {device}, {dims}")
        shape = self.unpack(f"<{dims}Q")
        numbers = span = 1
        for size in shape:
            numbers, span = numbers * size, span * max(size, 1)
        if span > MAX_NUMBERS:
            raise WireError(f"a tensor of shape {shape}")
        dtype = DTYPES[kind]
        data = self.take(numbers * dtype.itemsize)
        if not numbers:
            tensor = torch.empty(shape, dtype=dtype)
        elif dtype == torch.bool:  # a bool of any other byte than 0 or 1 would be neither true nor false
            tensor = torch.from_numpy(np.frombuffer(data, np.uint8) != 0).reshape(shape)
        else:
            tensor = torch.frombuffer(bytearray(data), dtype=dtype).reshape(shape)
        return tensor if self.plain else TensorValue(tensor, DEVICES[device])
