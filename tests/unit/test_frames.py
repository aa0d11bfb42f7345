"""What is read from the editor's pipe, whatever stands between the messages."""

from __future__ import annotations

import io

import pytest

from pippy_lsp.server import Frames

NEXT = b"Content-Length: 2\r\n\r\n{}"
# id, what stands before a sound message
JUNK = {
    "nothing": b"",
    "lines of nothing": b"\n" * 5000,
    "the rest of a body": b'"jsonrpc": "2.0"}',
    "a length of nothing": b"Content-Length: 0\r\n\r\n",
    "a length that is no number": b"Content-Length: abc\r\n\r\n",
    "a negative length": b"Content-Length: -5\r\n\r\n{}",
    "a length of a gigabyte": b"Content-Length: 999999999\r\n\r\n{}",
    "more digits than Python converts": b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "bytes": bytes(range(128, 256)) + b"\r\n\r\n",
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_what_belongs_to_no_message_is_passed_over_at_once(junk: bytes) -> None:
    """In one call: each is a way to another thread and back."""
    frames = Frames(io.BytesIO(junk + NEXT + junk))
    assert frames.readline() == b"Content-Length: 2\r\n"
    assert frames.readline() == b"\r\n"
    assert frames.read(2) == b"{}"
    assert frames.readline() == b""


def test_other_lines_of_a_header_are_left_alone() -> None:
    kind = b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n"
    frames = Frames(io.BytesIO(kind + b"content-length:2\n" + kind + b"\n{}"))
    found = [frames.readline() for _ in range(3)]
    assert found == [b"Content-Length: 2\r\n", kind, b"\n"]
    assert frames.read(2) == b"{}"
