"""The real server over stdio, spoken to in plain JSON: so it can be spoken to wrongly, and fast.

pygls's own client keeps a future a change and checks what it sends; this one does neither.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, BinaryIO

import psutil

ROOT = Path(__file__).parents[1]
Message = dict[str, Any]
_BUFFER = 2**26
_MODULE = "pippy_lsp"
_TICK_SECONDS, _STOPPED_SECONDS = 0.1, 3.0


class Clock:
    """Seconds in which this process ran. A computer that slept, or who froze us and the server to
    measure something else, is no fault of the server's.
    """

    def __init__(self) -> None:
        self._stopped = 0.0
        self._latest = time.monotonic()
        self._tick()

    def __call__(self) -> float:
        """Seconds since some moment."""
        return time.monotonic() - self._stopped

    def _tick(self) -> None:
        now = time.monotonic()
        if now - self._latest > _STOPPED_SECONDS:
            self._stopped += now - self._latest
        self._latest = now
        self._next = asyncio.get_running_loop().call_later(_TICK_SECONDS, self._tick)

    def end(self) -> None:
        """Tick no more."""
        self._next.cancel()


class Pipe:
    """One server process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.psutil = psutil.Process(process.pid)
        self.shown: list[str] = []
        """Messages that an editor would show."""
        self.errors: list[Message] = []
        """Answers that are errors."""
        self.answered: set[int] = set()
        """Ids of answers to requests that were not sent by `request`."""
        self.clock = Clock()
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._count = 0
        self._reading = asyncio.ensure_future(self._read())

    # --- messages --------------------------------------------------------------------------

    def raw(self, data: bytes) -> None:
        """Write bytes."""
        assert self.process.stdin is not None  # noqa: S101 - a pipe was asked for
        self.process.stdin.write(data)

    def body(self, data: bytes) -> None:
        """Write a message's body, with its header."""
        self.raw(b"Content-Length: %d\r\n\r\n" % len(data) + data)

    def notify(self, method: str, params: object) -> None:
        """Send a notification."""
        self.body(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode())

    def request(self, method: str, params: object) -> tuple[int, asyncio.Future[Message]]:
        """Send a request; its id and its answer to come."""
        self._count += 1
        number = self._count
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.body(json.dumps(message).encode())
        return number, future

    async def ask(self, method: str, params: object, seconds: float = 120) -> Message:
        """The answer, an error too.

        Raises: TimeoutError, ConnectionError.
        """
        answer = self.request(method, params)[1]
        end = self.clock() + seconds
        while not answer.done() and self.clock() < end:
            await asyncio.wait({answer}, timeout=1)
        return await asyncio.wait_for(answer, 0)

    async def flush(self) -> None:
        """Wait until the server has taken what was written."""
        assert self.process.stdin is not None  # noqa: S101 - a pipe was asked for
        await self.process.stdin.drain()

    async def _read(self) -> None:
        stdout = self.process.stdout
        assert stdout is not None  # noqa: S101 - a pipe was asked for
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                header = await stdout.readuntil(b"\r\n\r\n")
                size = int(header.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                self._take(json.loads(await stdout.readexactly(size)))
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionError("the server has ended"))

    def _take(self, message: Message) -> None:
        if "method" in message and "id" in message:
            answer = {"jsonrpc": "2.0", "id": message["id"], "result": None}
            self.body(json.dumps(answer).encode())
        elif message.get("method") == "window/showMessage":
            self.shown.append(message["params"]["message"])
        elif "method" not in message:
            if "error" in message:
                self.errors.append(message)
            number = message.get("id")
            number = number if isinstance(number, int) else 0
            future = self._waiting.pop(number, None)
            if future is None:
                self.answered.add(number)
            elif not future.done():
                future.set_result(message)

    # --- a session -------------------------------------------------------------------------

    async def initialize(self, folder: Path | None = None, **options: object) -> Message:
        """Begin a session as an editor with ghost text does."""
        can: Message = {"textDocument": {"inlineCompletion": {}}}
        root = folder.as_uri() if folder else None
        params = {"processId": None, "rootUri": root, "capabilities": can}
        answer = await self.ask("initialize", {**params, "initializationOptions": options})
        self.notify("initialized", {})
        return answer

    def open(self, uri: str, text: str) -> None:
        """Open a document."""
        item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    async def ready(self, phase: str = "ready", seconds: float = 180) -> Message:
        """Wait until the model's status is `phase`; that status.

        Raises: TimeoutError.
        """
        end = self.clock() + seconds
        while self.clock() < end:
            found: Message = (await self.ask("pippy/status", {}))["result"]
            if found["phase"] == phase:
                return found
            await asyncio.sleep(0.05)
        raise asyncio.TimeoutError

    # --- the processes ---------------------------------------------------------------------

    def cpu(self) -> float:
        """Seconds of CPU that the server has used."""
        return cpu_of(self.psutil)

    def workers(self) -> list[psutil.Process]:
        """The model's processes that run."""
        return [each for each in self.children() if each.status() != psutil.STATUS_ZOMBIE]

    def children(self) -> list[psutil.Process]:
        """All processes below the server, zombies too."""
        found: list[psutil.Process] = self.psutil.children(recursive=True)
        return [each for each in found if each.is_running()]


def cpu_of(process: psutil.Process) -> float:
    """Seconds of CPU that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


@asynccontextmanager
async def server(
    model: str,
    environment: Mapping[str, str] | None = None,
    module: str = _MODULE,
    *,
    arguments: tuple[str, ...] = (),
    stderr: BinaryIO | int = asyncio.subprocess.DEVNULL,
) -> AsyncIterator[Pipe]:
    """A server with this model, killed in the end where it still runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=stderr,
        env={**os.environ, "PIPPY_MODEL": model, **(environment or {})},
        limit=_BUFFER,
    )
    pipe = Pipe(process)
    try:
        yield pipe
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()
        await asyncio.wait({pipe._reading}, timeout=5)
        pipe.clock.end()


def place(uri: str, line: int, character: int) -> Message:
    """A position in a document, as requests want it."""
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}


def inline(uri: str, line: int, character: int, *, invoked: bool = True) -> Message:
    """The parameters of a request for ghost text."""
    return {**place(uri, line, character), "context": {"triggerKind": 1 if invoked else 2}}
