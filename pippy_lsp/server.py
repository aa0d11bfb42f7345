"""Makes the server out of its features and runs it on a transport."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import sys
import threading
from typing import BinaryIO, cast

from pygls.io_ import StdinAsyncReader, StdoutWriter, run_async

from pippy_lsp.engine import factory
from pippy_lsp.features import (
    acceptance,
    ask,
    code_action,
    completion,
    diagnostics,
    doctor,
    execute_command,
    explain_error,
    hover,
    inline_completion,
    lifecycle,
    perform,
    status,
)
from pippy_lsp.features.base import EngineFactory, PippyServer
from pippy_lsp.tracing import TracedSink, TracedSource

_LENGTH = re.compile(rb"Content-Length:[ \t]*(\d{1,20})[ \t]*\r?\n", re.IGNORECASE)
_TOO_LONG = 10**8
"""Bytes of a message; more of them are a mistake, and no reason to wait."""
FEATURES = (
    lifecycle,
    status,
    inline_completion,
    acceptance,
    completion,
    hover,
    code_action,
    perform,
    ask,
    execute_command,
    explain_error,
    diagnostics,
    doctor,
)


def create_server(engine_factory: EngineFactory = factory.make) -> PippyServer:
    """A server with all features; the engine is what `engine_factory` makes of the settings."""
    server = PippyServer(engine_factory)
    for feature in FEATURES:
        feature.register(server)
    return server


def serve_stdio(trace: BinaryIO | None = None) -> None:
    """Serve an editor over stdin and stdout, until it says exit; `trace` gets all that is said."""
    _quiet_logs()
    source, sink = _protocol_streams()
    if trace is not None:
        source = cast("BinaryIO", TracedSource(source, trace))
        sink = cast("BinaryIO", TracedSink(sink, trace))
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        asyncio.run(_serve(create_server(), source, sink))


async def _serve(server: PippyServer, source: BinaryIO, sink: BinaryIO) -> None:
    """As pygls's `start_io`, and all work ends when the editor closes the pipe without a word."""
    server.protocol.set_writer(StdoutWriter(sink))
    try:
        await run_async(
            stop_event=threading.Event(),
            reader=StdinAsyncReader(source, server.thread_pool),
            protocol=server.protocol,
            error_handler=server.report_server_error,
        )
    finally:
        await server.stop()
        server.shutdown()  # type: ignore[no-untyped-call]


def serve_tcp(host: str, port: int) -> None:
    """Serve one client over TCP. The protocol has no authentication: loopback addresses only."""
    _quiet_logs()
    create_server().start_tcp(host, port)


def _quiet_logs() -> None:
    """Log to stderr. pygls logs whole messages, and a child's text does not belong in a log."""
    logging.basicConfig(stream=sys.stderr, level=os.environ.get("PIPPY_LOG", "WARNING").upper())
    logging.getLogger("pygls").setLevel(logging.CRITICAL)


def _protocol_streams() -> tuple[BinaryIO, BinaryIO]:
    """Stdin, and a stdout of our own: what anything prints goes to stderr, not between messages."""
    mine = os.dup(1)
    os.dup2(2, 1)
    return cast("BinaryIO", Frames(sys.stdin.buffer)), os.fdopen(mine, "wb")


class Frames:
    """A stream of messages that finds the next header again after bytes that belong to none.

    pygls looks for a header at a line's start only: after one message with a wrong length, whose
    rest has no line end, it would never read another. And each line that it reads is a way to
    another thread and back: a thousand lines of nothing took a busy computer seconds.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._in_header = False

    def readline(self) -> bytes:
        """The next line of a header; what stands before a length is dropped."""
        while line := self._stream.readline():
            length = _LENGTH.search(line)
            if length is not None and 0 < int(length.group(1)) < _TOO_LONG:
                self._in_header = True
                return b"Content-Length: %b\r\n" % length.group(1)
            if self._in_header:
                return line
        return b""

    def read(self, size: int) -> bytes:
        """The `size` bytes of a message's body, or what there is of them."""
        self._in_header = False
        return self._stream.read(size)
