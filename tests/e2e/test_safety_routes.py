"""Every method and command of a server whose model says the worst: nothing of it comes out."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any

from pippy_lsp import server
from pippy_lsp.features.base import PippyServer
from tests.e2e import bad_server, faults
from tests.fakes import FakeEngine

PROGRAM = """import rude
score = 0
for turn in range(3):
    score = score + turn
# print the score and then all pets
print(
rude.hello
"""
_QUIET = (
    "initialize",
    "initialized",
    "shutdown",
    "exit",
    "$/",
    "textDocument/did",
    "workspace/did",
)
SETTLE_SECONDS = 3.0
"""For what comes by itself: a message, a shown document, an edit."""


def made() -> PippyServer:
    return server.create_server(lambda _: FakeEngine())


def methods() -> list[str]:
    found = made().protocol.fm.features
    return sorted(name for name in found if not name.startswith(_QUIET))


def arguments(command: str, uri: str, line: int) -> list[Any]:
    """For each parameter of the command something that suits its name."""
    values: dict[str, Any] = {
        "uri": uri,
        "version": 1,
        "line": line,
        "first": line,
        "last": line,
        "character": 1,
        "start": PROGRAM.index("# print") + 2,
        "end": PROGRAM.index("# print") + 2,
        "action": "comment-to-code",
        "question": "how do I write a loop in python?",
        "characters": 1,
    }
    function = made().protocol.fm.commands[command]
    parameters = inspect.signature(getattr(function, "func", function)).parameters
    return [values.get(name, line) for name in parameters if name != "ls"]


def params(uri: str, line: int) -> dict[str, Any]:
    """What any method takes, all at once."""
    place = {"line": line, "character": 6}
    error = "Traceback (most recent call last):\n  File \"game.py\", line 2\nNameError: name 'pet'"
    return {
        "textDocument": {"uri": uri, "version": 1},
        "position": place,
        "range": {"start": place, "end": place},
        "context": {"diagnostics": [], "triggerKind": 1},
        "error": error,
        "question": "how do I write a loop in python?",
        "text": "how do I write a loop in python?",
        "changes": [],
        "settings": {},
    }


async def ask_everything(client: faults.RawClient, uri: str) -> None:
    for method in methods():
        for line in range(7):
            if method == "workspace/executeCommand":
                continue
            answer = await client.ask(method, params(uri, line))
            for action in answer.get("result") or []:
                if method == "textDocument/codeAction" and "data" in action:
                    await client.ask("codeAction/resolve", action)
    for command in made().protocol.fm.commands:
        for line in (1, 4, 6):
            wanted = {"command": command, "arguments": arguments(command, uri, line)}
            await client.ask("workspace/executeCommand", wanted)


async def listen(client: faults.RawClient) -> None:
    """Until nothing more comes by itself."""
    with contextlib.suppress(asyncio.TimeoutError):
        while True:
            await asyncio.wait_for(client.read(), SETTLE_SECONDS)


def pages(folder: Path) -> str:
    """What was shown as documents."""
    return "".join(path.read_text("utf-8") for path in folder.rglob("*.md"))


async def test_nothing_bad_comes_out_on_any_route(tmp_path: Path) -> None:
    told = tmp_path / "told"
    (tmp_path / "rude.py").write_text('def hello():\n    """You are stupid, shit."""\n', "utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.e2e.bad_server", str(told)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=faults.ROOT,
        env={**os.environ, "PYTHONPATH": str(faults.ROOT), "PIPPY_CACHE_DIR": str(tmp_path)},
        limit=2**24,
    )
    client = faults.raw(process)
    try:
        await client.initialize()
        uri = (tmp_path / "game.py").as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": PROGRAM}
        client.send("textDocument/didOpen", {"textDocument": document})
        await ask_everything(client, uri)
        await listen(client)
    finally:
        process.kill()
        await process.wait()
    asked = told.read_text("utf-8").split()
    assert {"code", "prose"} <= set(asked), "the model was asked for both"
    said = json.dumps(client.heard, ensure_ascii=False).lower()
    shown = pages(tmp_path).lower()
    for bad in bad_server.BAD:
        assert bad not in said
        assert bad not in shown
