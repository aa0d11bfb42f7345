"""Messages that no editor should send: broken frames, broken JSON, wrong types, far positions."""

from __future__ import annotations

import copy
import json
import random
from dataclasses import dataclass
from typing import Any

URIS = ("untitled:one", "file:///no/where/game.py", "file:///%00", "http://a/b.py", "", "nonsense")
TEXTS = (
    "x = 1\n",
    "for i in range(3):\n    print(i)\n",
    "a\u2028b\x0c\r\rc\n",
    "name = '\U0001f600'\n",
    "\ufeff# bom\n",
    "((((((((((\n",
    "x = [\n" * 50,
    "def f(:\n\t  \n",
    '"""' * 7,
    "\x00\x01\n",
    "# " + "é" * 500,
)
JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**31,
    2**53 + 1,
    1e308,
    "",
    "x",
    "\ud83d",
    [],
    [1, "a"],
    {},
    {"line": 1},
    {"uri": 7},
)
NUMBERS = (0, 1, 2, 5, -1, 10**6, 2**31, 2**32, 2**63)
METHODS = (
    "textDocument/inlineCompletion",
    "textDocument/completion",
    "textDocument/hover",
    "textDocument/codeAction",
    "codeAction/resolve",
    "workspace/executeCommand",
    "pippy/explain",
    "pippy/explainError",
    "pippy/status",
    "pippy/ask",
    "textDocument/diagnostic",
    "textDocument/rename",
    "no/such/method",
    "$/unknown",
    "",
)
NOTES = (
    "textDocument/didOpen",
    "textDocument/didChange",
    "textDocument/didSave",
    "textDocument/didClose",
    "workspace/didChangeConfiguration",
    "workspace/didChangeWatchedFiles",
    "textDocument/didShowCompletion",
    "$/cancelRequest",
    "$/setTrace",
    "no/such/note",
)
COMMANDS = ("pippy.explain", "pippy.apply", "pippy.accept", "pippy.explainError", "pippy.none")
_NEVER = ("shutdown", "exit")
_PADDING = b"\n" * 400
"""After a frame whose length is wrong: a reader that still waits for its rest gets it."""


@dataclass(frozen=True)
class Case:
    """Bytes to write. `id` is of a request that must be answered; None where none must."""

    kind: str
    data: bytes
    id: int | None = None


def frame(body: bytes) -> bytes:
    """The body with its header."""
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


class Maker:
    """Makes cases from a seed."""

    def __init__(self, seed: int) -> None:
        self._source = random.Random(seed)
        self._version = 1
        self._id = 10**6
        self._makers = (
            self._bytes,
            self._length,
            self._json,
            self._shape,
            *(self._request,) * 6,
            *(self._note,) * 4,
            *(self._edit,) * 4,
        )

    def case(self) -> Case:
        """The next one."""
        return self._source.choice(self._makers)()

    # --- frames and JSON ---------------------------------------------------------------------

    def _bytes(self) -> Case:
        size = self._source.choice((1, 7, 60, 300))
        return Case("bytes", self._source.randbytes(size).replace(b"Content", b"") + b"\r\n\r\n")

    def _length(self) -> Case:
        body = json.dumps(self._message("$/unknown", {})).encode()
        wrong = self._source.choice(
            (b"-5", b"0", b"99999999999999999999", b"abc", b"1", b"%d" % (len(body) + 200), b"")
        )
        return Case("length", b"Content-Length: " + wrong + b"\r\n\r\n" + body + _PADDING)

    def _json(self) -> Case:
        body = json.dumps(self._message(self._method(), self._params())).encode()
        cut = self._source.randrange(len(body))
        broken = self._source.choice(
            (
                body[:cut],
                body[:cut] + b"\xff" + body[cut:],
                b"[" * 5000,
                b'{"a":' * 3000,
                b"NaN",
                b"null",
                b"1" * 4000,
                b'"\\ud800"',
                b"[" + body + b"]",
                body.replace(b'"2.0"', b"2.0"),
                b"",
            )
        )
        return Case("json", frame(broken))

    def _shape(self) -> Case:
        """Valid JSON that is no message."""
        message = self._message(self._method(), self._params())
        message[self._source.choice(("jsonrpc", "id", "method", "params"))] = self._junk()
        message.pop(self._source.choice(("jsonrpc", "result", "id", "method", "none")), None)
        if message.get("method") in _NEVER:
            return self._json()
        return Case("shape", frame(json.dumps(message).encode()))

    # --- messages ----------------------------------------------------------------------------

    def _request(self) -> Case:
        method = self._method()
        message = self._message(method, self._params(method))
        return Case("request", frame(json.dumps(message).encode()), message["id"])

    def _note(self) -> Case:
        message = self._message(self._source.choice(NOTES), self._params())
        del message["id"]
        return Case("notification", frame(json.dumps(message).encode()))

    def _edit(self) -> Case:
        """An edit of an open document, at places that may not be there."""
        self._version += 1
        change: dict[str, Any] = {"text": self._text()}
        if self._source.random() < 0.9:
            change["range"] = self._range()
        document = {"uri": URIS[0], "version": self._version}
        params = {"textDocument": document, "contentChanges": [change]}
        message = {"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params}
        return Case("edit", frame(json.dumps(message).encode()))

    def _message(self, method: str, params: object) -> dict[str, Any]:
        self._id += 1
        return {"jsonrpc": "2.0", "id": self._id, "method": method, "params": params}

    def _method(self) -> str:
        return self._source.choice(METHODS)

    def _params(self, method: str = "") -> dict[str, Any]:
        uri = self._source.choice(URIS)
        found: dict[str, Any] = {
            "textDocument": {
                "uri": uri,
                "version": 1,
                "languageId": "python",
                "text": self._text(),
            },
            "position": self._position(),
            "range": self._range(),
            "context": {"triggerKind": self._source.choice((1, 2)), "diagnostics": []},
            "error": 'File "a.py", line 99999999999\n' + self._text(),
            "question": self._text(),
            "settings": {"pippy": {"level": self._junk(), "completion": self._junk()}},
            "contentChanges": [{"text": self._text()}],
            "changes": [{"uri": "file:///a/.pippy.toml", "type": 1}],
        }
        if method == "workspace/executeCommand":
            count = self._source.randrange(7)
            arguments = [
                self._source.choice((uri, 0, 1, *copy.deepcopy(JUNK))) for _ in range(count)
            ]
            return {"command": self._source.choice(COMMANDS), "arguments": arguments}
        if self._source.random() < 0.5:
            self._spoil(found)
        return found

    def _spoil(self, tree: dict[str, Any]) -> None:
        for _ in range(self._source.randint(1, 3)):
            key = self._source.choice(list(tree) or [""])
            below = tree.get(key)
            if isinstance(below, dict) and below and self._source.random() < 0.6:
                self._spoil(below)
            elif self._source.random() < 0.4:
                tree.pop(key, None)
            else:
                tree[key] = self._junk()

    def _junk(self) -> Any:  # noqa: ANN401 - any JSON
        return copy.deepcopy(self._source.choice(JUNK))

    def _position(self) -> dict[str, int]:
        return {"line": self._number(), "character": self._number()}

    def _range(self) -> dict[str, Any]:
        return {"start": self._position(), "end": self._position()}

    def _number(self) -> int:
        return self._source.choice(NUMBERS)

    def _text(self) -> str:
        text = self._source.choice(TEXTS)
        if self._source.random() < 0.05:
            text += "\ud83d"
        if self._source.random() < 0.002:
            text += "x" * 500_000
        return text
