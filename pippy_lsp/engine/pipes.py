"""The worker's two pipes: one thread reads requests, both threads write answers."""

from __future__ import annotations

import os
import queue
import threading
from typing import BinaryIO, NamedTuple

import msgspec

from pippy_lsp.engine import wire
from pippy_lsp.errors import PippyError


class Running(NamedTuple):
    """The request that is being computed."""

    priority: int
    slot: int


class Output:
    """Writes frames; both threads use it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: wire.FromWorker) -> None:
        """Write one frame. A closed pipe means that the server is gone, and so are we."""
        with self._lock:
            try:
                self._stream.write(wire.encode(message))
                self._stream.flush()
            except OSError:
                os._exit(0)

    def fail(self, request_id: int, error: PippyError) -> None:
        """Tell the server of an error."""
        self.send(wire.Failed(request_id, error.code, error.details))


class Inbox:
    """Reads frames on a thread of its own; interrupts what is less urgent than a new request."""

    def __init__(self, stream: BinaryIO, board: wire.Board) -> None:
        self._stream = stream
        self._board = board
        self.messages: queue.Queue[wire.Ask | wire.Adapt] = queue.Queue()
        self.running: Running | None = None
        """What is being computed."""
        self._decoder = msgspec.msgpack.Decoder(wire.ToWorker)

    def load(self) -> wire.Load:
        """The first message."""
        body = wire.read(self._stream)
        message = self._decoder.decode(body) if body is not None else None
        if not isinstance(message, wire.Load):
            os._exit(0)
        return message

    def start(self) -> None:
        """Read on in the background."""
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def _read(self) -> None:
        try:
            while (body := wire.read(self._stream)) is not None:
                message = self._decoder.decode(body)
                if isinstance(message, wire.Adapt):
                    self.messages.put(message)
                elif isinstance(message, wire.Ask):
                    self.messages.put(message)
                    running = self.running
                    if running and message.request.priority < running.priority:
                        self._board.interrupt(running.slot)
        finally:  # also when the pipe is out of step: a worker that hears nothing is lost
            self._board.remove()
            os._exit(0)
