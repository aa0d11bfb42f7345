"""What can be wrong with a model file, and how to ask the command line and the processes."""

from __future__ import annotations

import asyncio
import json
import os
import re
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil

from pippy_lsp.engine import models
from tests import ggufs
from tests.e2e.editor import MODELS, Editor

PROGRAM = 'word = "hello"\nfor i in range(3):\n    print(word)\nwo\n'
"""Asked about below: a hover on range, a completion after "wo"."""
URI = "untitled:Untitled-1"
ROOT = Path(__file__).parents[2]
_HUGE = 500 * 10**9


# --- faulty models: a maker gets a folder and says what PIPPY_MODEL is -----------------------


def sound() -> Path:
    """The file of the plumbing model, whole."""
    return models.path(MODELS["plumbing"])


def _cut(share: float) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        # what lies after the cut is never read: only the start is copied, the rest is a hole
        path, size = folder / "cut.gguf", int(sound().stat().st_size * share)
        with sound().open("rb") as source, path.open("wb") as file:
            file.write(source.read(min(size, 4 * 2**20)))
            file.truncate(size)
        return str(path)

    return make


def _cut_at(mark: bytes) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        with sound().open("rb") as source:
            start = source.read(4 * 2**20)
        path = folder / "cut.gguf"
        path.write_bytes(start[: start.index(mark) + len(mark) // 2])
        return str(path)

    return make


def _with(name: str, content: bytes) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        path = folder / name
        path.write_bytes(content)
        return str(path)

    return make


def _folder(folder: Path) -> str:
    path = folder / "model.gguf"
    path.mkdir()
    return str(path)


def _unreadable(folder: Path) -> str:
    path = folder / "secret.gguf"
    path.write_bytes(ggufs.model())
    path.chmod(0)
    return str(path)


def _huge(folder: Path) -> str:
    """A true header whose one tensor takes 500 GB, and a hole of that size."""
    path = folder / "huge.gguf"
    tensors = [("token_embd.weight", (64, _HUGE // 256), ggufs.F32, 0)]
    with path.open("wb") as file:
        file.write(ggufs.header(tensors=tensors))
        file.truncate(_HUGE + 4096)
    return str(path)


def patched(folder: Path, key: str, value: bytes) -> str:
    """The plumbing model with another number at `key` of its header."""
    data = bytearray(sound().read_bytes())
    place = data.index(key.encode()) + len(key) + 4  # the value's type takes 4 bytes
    data[place : place + len(value)] = value
    path = folder / "patched.gguf"
    path.write_bytes(data)
    return str(path)


def _killer(folder: Path) -> str:
    """ggml asserts that this number is not negative, when it computes the first token."""
    return patched(folder, "llama.attention.layer_norm_rms_epsilon", struct.pack("<f", -1.0))


def _wild(folder: Path) -> str:
    return patched(folder, "llama.attention.head_count", struct.pack("<I", 7))


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab\nsize 12345\n"
FAULTS: dict[str, tuple[Callable[[Path], str], str]] = {
    "wrong-path": (lambda folder: str(folder / "nothing.gguf"), "model-file-missing"),
    "unknown-name": (lambda _: "no-such-model", "model-unknown"),
    "cut-in-the-magic": (_with("cut.gguf", b"GG"), "model-not-gguf"),
    "cut-in-the-header": (_cut_at(b"tokenizer.ggml.tokens"), "model-truncated"),
    "cut-in-the-tensors": (_cut_at(b"blk.3.ffn_down.weight"), "model-truncated"),
    "cut-in-the-data": (_cut(0.5), "model-truncated"),
    "cut-at-the-end": (_cut(0.9999), "model-truncated"),
    "text": (_with("notes.gguf", b"Dear diary,\ntoday I wrote a game.\n"), "model-not-gguf"),
    "web-page": (_with("page.gguf", b"<!DOCTYPE html><html>404</html>\n"), "model-not-gguf"),
    "lfs-pointer": (_with("pointer.gguf", LFS), "model-not-gguf"),
    "empty": (_with("empty.gguf", b""), "model-not-gguf"),
    "folder": (_folder, "model-file-missing"),
    "too-large": (_huge, "model-too-large"),
    "no-weights": (_with("tiny.gguf", ggufs.model()), "model-failed"),
    "wrong-shape": (_wild, "model-failed"),
    "kills-llama-cpp": (_killer, "model-failed"),
}


# --- the command line and the processes ----------------------------------------------------


async def pippy(
    *arguments: str, folder: Path, model: str = MODELS["plumbing"]
) -> subprocess.CompletedProcess[str]:
    """Run `pippy-lsp` in `folder`."""
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "pippy_lsp", *arguments],
        cwd=folder,
        env={**os.environ, "PIPPY_MODEL": model, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def server_of(editor: Editor) -> psutil.Process:
    server: Any = editor.client._server
    return psutil.Process(server.pid)


def workers_of(server: psutil.Process) -> list[psutil.Process]:
    return [each for each in server.children() if alive(each)]


def first_workers(server: psutil.Process) -> list[psutil.Process]:
    """The workers of a server that has just been started, as soon as there is one."""
    end = time.monotonic() + 30
    while not (found := workers_of(server)) and time.monotonic() < end:
        time.sleep(0.01)
    assert found, "no worker was started"
    return found


def worker_of(editor: Editor) -> psutil.Process:
    (worker,) = workers_of(server_of(editor))
    return worker


def alive(process: psutil.Process) -> bool:
    """Whether it runs. An orphan may stay a zombie where nobody collects it, as in a container."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def ends_within(seconds: float, *processes: psutil.Process) -> bool:
    end = time.monotonic() + seconds
    while any(alive(each) for each in processes):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


class RawClient:
    """Speaks with a server in bytes, so it can speak wrongly; it reads strictly."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.heard: list[dict[str, Any]] = []
        self._count = 1000

    def send(self, method: str, params: object, request: object = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        self.send_body(json.dumps(message | ({} if request is None else {"id": request})))

    def send_body(self, body: str | bytes) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.writer.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)

    async def read(self) -> dict[str, Any]:
        """The next message. Whatever else is on the pipe is a failure."""
        size = 0
        while (line := await self.reader.readline()) != b"\r\n":
            assert re.fullmatch(rb"Content-(Length: \d+|Type: [\w/; =.-]+)\r\n", line), line
            if line.startswith(b"Content-Length"):
                size = int(line.split(b":")[1])
        message: dict[str, Any] = json.loads(await self.reader.readexactly(size))
        self.heard.append(message)
        return message

    async def ask(self, method: str, params: object) -> dict[str, Any]:
        """The answer to a new request; what comes before it is in `heard`."""
        self._count += 1
        self.send(method, params, self._count)
        return await self.answer(self._count)

    async def answer(self, request: int) -> dict[str, Any]:
        while True:
            message = await asyncio.wait_for(self.read(), 30)
            if message.get("id") == request and "method" not in message:
                return message

    async def initialize(self, text: str = PROGRAM) -> dict[str, Any]:
        params: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}
        answer = await self.ask("initialize", params)
        self.send("initialized", {})
        document = {"uri": URI, "languageId": "python", "version": 1, "text": text}
        self.send("textDocument/didOpen", {"textDocument": document})
        return answer


@asynccontextmanager
async def served(
    *arguments: str, model: str = "no-such-model", **environment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A server process with pipes; it is killed in the end where it still runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pippy_lsp", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PIPPY_MODEL": model, **environment},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def raw(process: asyncio.subprocess.Process) -> RawClient:
    assert process.stdout is not None
    assert process.stdin is not None
    return RawClient(process.stdout, process.stdin)
