"""The peer: llama.cpp's own server, asked over HTTP as llama.vim asks.

The server comes from the PyPI package xllamacpp and runs as a process of its own:
`python -m benchmarks.peer MODEL CONTEXT THREADS` prints its address and ends with its stdin. It is
set up as llama.cpp's presets for llama.vim (`--fim-qwen-1.5b-default` and the like) do: batches of
1024, reuse of chunks of 256 tokens, flash attention where it is supported, all else its defaults.
The plugin lives in the benchmark, where llama.vim starts a `curl` for each request: that, too, is
in the peer's favour.
"""

from __future__ import annotations

import asyncio
import http.client
import importlib
import importlib.util
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.llama_vim import Buffer, LlamaVim
from benchmarks.replay import Answer, Spent
from benchmarks.traces import Key, Section
from pippy_lsp.errors import MissingPackage, ModelFailed

BATCH = 1024
CACHE_REUSE = 256
LOAD_SECONDS = 300.0
ANSWER_SECONDS = 120.0


class Peer:
    """Vim with llama.vim, in front of one llama.cpp server."""

    def __init__(self, address: str, pid: int, seed: int) -> None:
        self._pid = pid
        self._seed = seed
        self._place = urlsplit(address)
        # llama.vim has at most one request running
        self._thread = ThreadPoolExecutor(1, "peer")
        self._tasks: set[asyncio.Task[None]] = set()
        self._total = Spent(0, 0)
        self._number = -1
        self._closed = False
        self._vim = LlamaVim(self._send, _later, self._show)
        self.answers: dict[int, Answer] = {}

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._pid

    async def open(self, section: Section) -> None:
        """Show another file; what still runs is for the old one."""
        await self._settle()
        self.answers, self._number = {}, -1
        self._vim.opened(Buffer(section.document, len(section.before)))

    async def _settle(self) -> None:
        """Wait for what runs. Raises: what made a request fail, for then nothing more is asked."""
        tasks, self._tasks = self._tasks, set()
        await asyncio.gather(*tasks)

    def press(self, number: int, key: Key, document: str) -> None:
        """The text or the cursor has changed."""
        self._number = number
        self._vim.moved(Buffer(document, key.cursor))

    async def spent(self) -> Spent:
        """The sum of the timings in the server's answers."""
        return self._total

    async def close(self) -> None:
        """Ask nothing more, though each answer would make the plugin ask again."""
        self._closed = True
        await self._settle()
        self._thread.shutdown(wait=False)

    def _show(self, text: str) -> None:
        known = self.answers.get(self._number)
        if self._number >= 0 and (known is None or (text and not known.text)):
            self.answers[self._number] = Answer(time.perf_counter(), text)

    def _send(self, request: dict[str, Any], answered: Callable[[str], None]) -> None:
        if not self._closed:
            asked = self._ask({**request, "seed": self._seed}, answered)
            self._tasks.add(asyncio.ensure_future(asked))

    async def _ask(self, request: dict[str, Any], answered: Callable[[str], None]) -> None:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._thread, self._post, request)
        self._total = Spent(
            self._total.evaluated + int(found.get("timings/prompt_n", 0)),
            self._total.generated + int(found.get("timings/predicted_n", 0)),
        )
        answered(str(found.get("content", "")))

    def _post(self, request: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(request).encode()
        connection = http.client.HTTPConnection(
            self._place.hostname or "", self._place.port, timeout=ANSWER_SECONDS
        )
        try:
            connection.request("POST", "/infill", body, {"Content-Type": "application/json"})
            found = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if not isinstance(found, dict) or "content" not in found:
            raise ModelFailed(name="llama.cpp's server", problem="it gave no text")
        return found


def _later(seconds: float, work: Callable[[], None]) -> Callable[[], None]:
    return asyncio.get_running_loop().call_later(seconds, work).cancel


@asynccontextmanager
async def peer(model: Path, *, context: int, threads: int, seed: int) -> AsyncIterator[Peer]:
    """The peer with the model file loaded, until the context is left; 0 threads is its default.

    Raises: MissingPackage; ModelFailed when its server does not start.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise MissingPackage(package="xllamacpp")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.peer", str(model), str(context), str(threads)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None  # noqa: S101 - pipes were asked for
    assert process.stdin is not None  # noqa: S101
    try:
        address = await asyncio.wait_for(_address(process.stdout), LOAD_SECONDS)
        if not address:
            raise ModelFailed(name=model.stem, problem="llama.cpp's server did not start")
        found = Peer(address, process.pid, seed)
        yield found
        await found.close()
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except (TimeoutError, asyncio.TimeoutError):
            process.kill()
            await process.wait()


async def _address(lines: asyncio.StreamReader) -> str:
    """The first line that is an address; "" when there is none."""
    while line := await lines.readline():
        text = line.decode("utf-8", "replace").strip()
        if text.startswith("http://"):
            return text
    return ""


def serve(model: str, context: int, threads: int) -> None:
    """Run the server until stdin ends."""
    llama: Any = importlib.import_module("xllamacpp")  # an extra, without types
    params = llama.CommonParams()
    params.model.path = model
    params.port = 0
    params.n_ctx = context
    params.n_batch = params.n_ubatch = BATCH
    params.n_cache_reuse = CACHE_REUSE
    params.n_gpu_layers = 0
    if threads:
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    server = llama.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()
    # its threads wait for requests and would keep the interpreter from ending
    os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
