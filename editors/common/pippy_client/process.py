"""The server's process: messages in and out on threads of their own, so that nothing waits for it.

LSP's base protocol: a header with the body's length in bytes, an empty line, JSON in UTF-8.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from typing import IO, Any, Callable, Dict, List, Optional

Message = Dict[str, Any]
LONGEST = 64 * 1024 * 1024
"""Bytes of one message; a longer one is a mistake in its header."""
STOP_SECONDS = 2.0
"""How long the server has to end by itself before it is ended."""


def encode(message: Message) -> bytes:
    """The bytes of one message on the wire."""
    body = json.dumps(message, separators=(",", ":")).encode("utf-8")
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def read_message(stream: IO[bytes]) -> Optional[Message]:
    """The next message; None at the stream's end.

    Raises: ValueError for what is no message, after which the stream can't be trusted.
    """
    length = None
    while True:
        line = stream.readline()
        if not line:
            return None
        if line in (b"\r\n", b"\n"):
            if length is not None:
                break
            continue
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    if not 0 <= length <= LONGEST:
        raise ValueError("a message of %d bytes" % length)
    body = stream.read(length)
    if len(body) < length:
        return None
    message = json.loads(body.decode("utf-8"))
    if isinstance(message, dict):
        return message
    raise ValueError("a message that is no object")


class Process:
    """A running server.

    `on_message` and `on_end` are called from a thread: hand them over to the GUI's.
    """

    def __init__(
        self,
        command: List[str],
        on_message: Callable[[Message], None],
        on_end: Callable[[], None],
        environment: Optional[Dict[str, str]] = None,
    ) -> None:
        """Start it.

        Raises: OSError where the command can't be started.
        """
        self._on_message, self._on_end = on_message, on_end
        debug = bool(os.environ.get("PIPPY_DEBUG"))
        self._popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if debug else subprocess.DEVNULL,
            env=dict(os.environ, **environment) if environment else None,
            # no console window on Windows, and Ctrl+C in the editor's terminal is not for it
            creationflags=0x08000000 if sys.platform == "win32" else 0,
            start_new_session=sys.platform != "win32",
        )
        self._out: queue.Queue[Optional[bytes]] = queue.Queue()
        for work in (self._read, self._write):
            threading.Thread(target=work, name="pippy-lsp", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._popen.poll() is None

    def send(self, message: Message) -> None:
        """Send it, in its turn."""
        self._out.put(encode(message))

    def end(self, seconds: float = STOP_SECONDS) -> None:
        """Let it end, after what was sent; end it where it does not. Waits at most `seconds` for
        each of the two.
        """
        self._out.put(None)
        for urge in (None, self._popen.terminate, self._popen.kill):
            if urge is not None:
                urge()
            try:
                self._popen.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
            return

    def _read(self) -> None:
        stream = self._popen.stdout
        assert stream is not None
        try:
            with stream:
                message = read_message(stream)
                while message is not None:
                    self._on_message(message)
                    message = read_message(stream)
        except (ValueError, OSError):
            pass  # what comes after can't be read: as if it had ended
        self._out.put(None)
        self._on_end()

    def _write(self) -> None:
        stream = self._popen.stdin
        assert stream is not None
        try:
            with stream:
                data = self._out.get()
                while data is not None:
                    stream.write(data)
                    stream.flush()
                    data = self._out.get()
        except OSError:
            pass  # it has ended; the reader tells
