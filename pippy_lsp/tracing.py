"""`--trace FILE`: every byte between the editor and us, for those who look for a fault.

This is the only place where a child's text is written down, so it is said, and only asked for by
hand: no setting and no variable of the environment switches it on.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO, Protocol

from pippy_lsp import prompts
from pippy_lsp.errors import UsageError


class Source(Protocol):
    """What messages are read from."""

    def readline(self) -> bytes:
        """The next line."""

    def read(self, size: int) -> bytes:
        """The next `size` bytes."""


class TracedSource:
    """A source whose bytes are written down."""

    def __init__(self, source: Source, file: BinaryIO) -> None:
        self._source, self._file = source, file

    def readline(self) -> bytes:
        """As the source's."""
        return self._noted(self._source.readline())

    def read(self, size: int) -> bytes:
        """As the source's."""
        return self._noted(self._source.read(size))

    def _noted(self, data: bytes) -> bytes:
        self._file.write(data)
        return data


class TracedSink:
    """A sink whose bytes are written down."""

    def __init__(self, sink: BinaryIO, file: BinaryIO) -> None:
        self._sink, self._file = sink, file

    def write(self, data: bytes) -> int:
        """As the sink's."""
        self._file.write(data)
        return self._sink.write(data)

    def flush(self) -> None:
        """As the sink's."""
        self._sink.flush()

    def close(self) -> None:
        """As the sink's."""
        self._sink.close()


def begin(path: Path, say: prompts.Messages) -> BinaryIO:
    """The file to write to, which only this user can read; what is done is said on stderr.

    Raises: UsageError.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise UsageError(what=say.say("trace-cannot", path=str(path))) from error
    sys.stderr.write(say.say("trace-on", path=str(path)) + "\n")
    return os.fdopen(handle, "wb", buffering=0)
