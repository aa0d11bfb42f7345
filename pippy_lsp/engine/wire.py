"""What the server and its worker say to each other: length-prefixed MessagePack frames.

A cancel is not a message, because a worker in the middle of a long prompt reads none: it is a byte
in memory that both processes share (`Board`), which llama.cpp polls after each node of its graph.
"""

from __future__ import annotations

import contextlib
import mmap
import struct
from pathlib import Path
from typing import BinaryIO

import msgspec

from pippy_lsp.engine.adapters import Adapters
from pippy_lsp.engine.protocol import Finish, ModelInfo, Request, Usage
from pippy_lsp.engine.spelling import Order

_LENGTH = struct.Struct("<I")
LENGTH_BYTES = _LENGTH.size
NOTE = -1
MAX_FRAME = 64 * 1024 * 1024
"""Bytes; a longer frame means that the pipe is out of step."""


class Second(msgspec.Struct, frozen=True):
    """One more model for the same worker."""

    name: str
    path: str
    context: int
    """Tokens."""
    order: Order = "suffix-first"


class Load(msgspec.Struct, tag="load", frozen=True):
    """Load the model at `path`; the first message to a worker."""

    name: str
    path: str
    context: int
    """Tokens."""
    threads: int
    """Threads that read a prompt."""
    order: Order = "suffix-first"
    """How the model is asked to infill; see `spelling`."""
    adapters: Adapters = Adapters()
    teacher: Second | None = None
    """The model that answers chats; None: the same one."""


class Adapt(msgspec.Struct, tag="adapt", frozen=True):
    """Wear these adapters from now on; the model stays loaded."""

    adapters: Adapters


class Ask(msgspec.Struct, tag="ask", frozen=True):
    """Answer `request`; `slot` is its place on the board."""

    id: int
    slot: int
    request: Request


class Progress(msgspec.Struct, tag="progress", frozen=True):
    """Share of the model that is loaded, 0 to 1."""

    share: float


class Loaded(msgspec.Struct, tag="loaded", frozen=True):
    """The model answers from now on."""

    model: ModelInfo


class Failed(msgspec.Struct, tag="failed", frozen=True):
    """An error of `errors.py`; `id` is 0 when it is the load that failed, and NOTE when the model
    answers all the same.
    """

    id: int
    code: str
    details: dict[str, str | int | float]


class Piece(msgspec.Struct, tag="piece", frozen=True):
    """The next text of an answer."""

    id: int
    text: str
    least: float = 1.0
    """The probability of the least likely token up to here."""


class Done(msgspec.Struct, tag="done", frozen=True):
    """The end of an answer."""

    id: int
    finish: Finish
    usage: Usage


ToWorker = Load | Ask | Adapt
FromWorker = Progress | Loaded | Failed | Piece | Done

_encoder = msgspec.msgpack.Encoder()


def encode(message: ToWorker | FromWorker) -> bytes:
    """A frame, ready to be written."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


def length(header: bytes) -> int:
    """How many bytes follow this header.

    Raises: ValueError when the pipe is out of step.
    """
    (size,) = _LENGTH.unpack(header)
    if size > MAX_FRAME:
        raise ValueError(f"a frame of {size} bytes")
    return int(size)


def read(stream: BinaryIO) -> bytes | None:
    """The next frame's body from a blocking stream; None at its end."""
    header = stream.read(LENGTH_BYTES)
    if len(header) < LENGTH_BYTES:
        return None
    size = length(header)
    body = stream.read(size)
    return body if len(body) == size else None


class Board:
    """A file of flags that both processes map: for each slot "stop computing" and "cancelled".

    Two flags because a request of higher priority also stops what is computed, without cancelling
    it. The server sets `cancelled` first and `stop` after it; the worker clears `stop` and only
    then looks at `cancelled`: so no cancel is ever lost. A slot is used again only when its request
    has ended, so none hits the wrong request.
    """

    SLOTS = 64
    _WIDTH = 4  # stop, a zero that ends it as a C string, cancelled, unused

    def __init__(self, path: Path, *, create: bool = False) -> None:
        if create:
            path.write_bytes(bytes(self.SLOTS * self._WIDTH))
        with path.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), self.SLOTS * self._WIDTH)
        self.path = path

    def offset(self, slot: int) -> int:
        """Where in the memory the slot's "stop" flag is."""
        return slot * self._WIDTH

    def open(self, slot: int) -> None:
        """Clear the flags: the slot is given to a new request."""
        start = self.offset(slot)
        self.memory[start : start + self._WIDTH] = bytes(self._WIDTH)

    def cancel(self, slot: int) -> None:
        """The server gives up on the request: it ends after the step that is being computed."""
        self.memory[self.offset(slot) + 2] = 1

    def interrupt(self, slot: int) -> None:
        """Stop what is being computed for the slot; the worker goes on later, if it is wanted."""
        self.memory[self.offset(slot)] = 1

    def resume(self, slot: int) -> bool:
        """Clear "stop"; False when the request is cancelled."""
        self.memory[self.offset(slot)] = 0
        return not self.cancelled(slot)

    def cancelled(self, slot: int) -> bool:
        """Whether the server gave up on the request."""
        return self.memory[self.offset(slot) + 2] != 0

    def remove(self) -> None:
        """Delete the file and its folder, if nothing else is in it: the server could not do it."""
        with contextlib.suppress(OSError):
            self.path.unlink()
            self.path.parent.rmdir()

    def close(self) -> None:
        """Unmap; the file is the server's to delete."""
        self.memory.close()
