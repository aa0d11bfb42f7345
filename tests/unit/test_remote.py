"""The remote engine against a server of sockets that does what a script says."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pippy_lsp import address, policy
from pippy_lsp.engine import remote, remote_access, remote_api, remote_link
from pippy_lsp.engine.protocol import Chat, Infill, Message, Priority, Request, Sampling, complete
from pippy_lsp.engine.remote import RemoteEngine
from pippy_lsp.errors import (
    EngineError,
    PippyError,
    RemoteAddress,
    RemoteDown,
    RemoteForbidden,
    RemoteKey,
    RemoteModel,
    RemotePlain,
)
from pippy_lsp.policy import Policy
from pippy_lsp.settings import ModelSettings, Remote, Settings

MODELS = {"data": [{"id": "qwen2.5-coder", "max_model_len": 2048}, {"id": "other"}]}
SECONDS = 20.0
Reply = Callable[["Asked"], Awaitable[None]]


class Asked:
    """One request that reached the server."""

    def __init__(
        self, path: str, headers: dict[str, str], body: Any, out: asyncio.StreamWriter
    ) -> None:
        self.path, self.headers, self.body, self._out = path, headers, body, out

    async def answer(self, status: int, body: object = None, **headers: str) -> None:
        data = json.dumps(body).encode()
        head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        start = f"HTTP/1.1 {status} X\r\nContent-Length: {len(data)}\r\n{head}"
        start += "Content-Type: application/json\r\n\r\n"
        self._out.write(start.encode() + data)
        await self._out.drain()

    async def begin(self) -> None:
        self._out.write(b"HTTP/1.1 200 X\r\nContent-Type: text/event-stream\r\n\r\n")

    async def event(self, event: object) -> None:
        text = event if isinstance(event, str) else json.dumps(event)
        self._out.write(f"data: {text}\n\n".encode())
        await self._out.drain()

    async def words(self, *words: str) -> None:
        await self.begin()
        for word in words:
            await self.event({"choices": [{"text": word, "delta": {"content": word}}]})
        await self.event({"choices": [{"text": "", "finish_reason": "stop"}]})
        await self.event("[DONE]")
        self._out.close()


class School:
    """A server; `replies` are taken one for each request for text, the last one for all others."""

    def __init__(self, *replies: Reply, version: object = None) -> None:
        self.replies = list(replies)
        self.version = version
        self.asked: list[Asked] = []
        self.left = asyncio.Event()
        """A client closed its connection before the end of its answer."""
        self.url = ""

    async def serve(self, source: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        try:
            while head := (await source.readuntil(b"\r\n\r\n")).decode():
                first, *lines = head.split("\r\n")
                headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
                size = int(headers.get("content-length", 0))
                body = json.loads(await source.readexactly(size)) if size else None
                await self.reply(Asked(first.split()[1], headers, body, out))
        except (asyncio.IncompleteReadError, ConnectionError):
            self.left.set()
        finally:
            out.close()

    async def reply(self, asked: Asked) -> None:
        if asked.path == "/v1/models":
            await asked.answer(200, MODELS)
        elif asked.path == "/api/version":
            await asked.answer(200 if self.version else 404, self.version)
        elif asked.path == "/props":
            await asked.answer(404)
        else:
            self.asked.append(asked)
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
            await reply(asked)


@asynccontextmanager
async def school(*replies: Reply, version: object = None) -> AsyncIterator[School]:
    made = School(*replies, version=version)
    async with await asyncio.start_server(made.serve, "127.0.0.1") as server:
        made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        yield made


@asynccontextmanager
async def engine(url: str, **more: str) -> AsyncIterator[RemoteEngine]:
    made = RemoteEngine(ModelSettings(server=url, **more))  # type: ignore[arg-type]
    try:
        yield made
    finally:
        await made.close()


async def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


async def hello(asked: Asked) -> None:
    await asked.words(" he", "llo", " wor", "ld")


ASKED = Request(Infill("a = ", "\nb"), 8)
CHAT = Request(Chat((Message("user", "Why?"),)), 8, priority=Priority.ASKED)


# --- what is asked, and what comes -----------------------------------------------------------


async def test_an_answer_comes_in_pieces() -> None:
    async with school(hello) as server, engine(server.url) as asked:
        found = await asked.ready(SECONDS)
        async with asked.generate(ASKED) as stream:
            pieces = [piece async for piece in stream]
    assert (found.name, found.context, found.infill, found.server) == (
        "qwen2.5-coder", 2048, True, "",
    )  # fmt: skip
    assert pieces == ["he", "llo", " wor", "ld"]
    assert (stream.result.text, stream.result.finish) == ("hello world", "stop")
    assert asked.status.spent.generated == 4
    assert server.asked[0].body["prompt"] == ("<|fim_prefix|><|fim_suffix|>\nb<|fim_middle|>a =")


async def test_the_text_ends_before_a_stop_that_is_split() -> None:
    async with school(hello) as server, engine(server.url) as asked:
        await asked.ready(SECONDS)
        result = await complete(asked, Request(Infill("a"), 8, stop=("o w",)))
    assert (result.text, result.finish) == (" hell", "stop")


@pytest.mark.parametrize(
    ("prefix", "words", "shown"),
    [
        pytest.param("def f():\n    ", ("\n", "    x"), "", id="another-line"),
        pytest.param("def f():\n    ", (" x", " = 1"), "x = 1", id="an-indent"),
        pytest.param("def f():\n    ", ("   x",), "  x", id="a-deeper-one"),
        pytest.param("x = ", ("5",), "", id="no-space"),
        pytest.param("x = ", (" ", "5"), "5", id="a-space"),
        pytest.param("x =", (" 5",), " 5", id="nothing-owed"),
    ],
)
async def test_the_spaces_before_the_cursor(
    prefix: str, words: tuple[str, ...], shown: str
) -> None:
    async with school(lambda asked: asked.words(*words)) as server, engine(server.url) as asked:
        await asked.ready(SECONDS)
        result = await complete(asked, Request(Infill(prefix), 8))
    assert (result.text, result.finish) == (shown, "stop")


async def test_nothing_is_asked_only_to_be_read_ahead() -> None:
    async with school(hello) as server, engine(server.url) as asked:
        await asked.ready(SECONDS)
        result = await complete(asked, Request(Infill("a"), 0))
    assert (result.text, server.asked) == ("", [])


async def test_the_key_is_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(remote_access.KEY, "s3cret")
    async with school(hello) as server, engine(server.url) as asked:
        await asked.ready(SECONDS)
        await complete(asked, CHAT)
    assert server.asked[0].headers["authorization"] == "Bearer s3cret"
    assert server.asked[0].path == "/v1/chat/completions"


@pytest.mark.parametrize(("suffix", "sent"), [("\nb", "\nb"), ("", "\n")])
async def test_ollama_writes_its_prompts_itself(suffix: str, sent: str) -> None:
    async with school(hello, version={"version": "0.12"}) as server, engine(server.url) as asked:
        await asked.ready(SECONDS)
        await complete(asked, Request(Infill("a =", suffix), 8))
    body = server.asked[0].body
    assert (body["prompt"], body["suffix"]) == ("a =", sent)


LLAMA_CPP = {"default_generation_settings": {"n_ctx": 1024}}
QWEN = remote_api.Server("m/Qwen2.5-Coder-0.5B")
CODELLAMA = remote_api.Server("codellama/CodeLlama-7b-Instruct-hf")


@pytest.mark.parametrize(
    ("server", "prompt", "expected"),
    [
        pytest.param(QWEN, Infill("a", "b", "# h\n"),
            "<|fim_prefix|><|fim_suffix|>b<|fim_middle|># h\na", id="qwen"),
        pytest.param(QWEN, Infill("<|fim_middle|>", "b"),
            "<|fim_prefix|><|fim_suffix|>b<|fim_middle|>< |fim_middle|>", id="marks-in-the-text"),
        pytest.param(CODELLAMA, Infill("a", "b"), "<PRE> <SUF>b <MID> a", id="codellama"),
        pytest.param(remote_api.Server("gpt"), Infill("a", "b"), "a", id="no-marks"),
        pytest.param(remote_api.Server("gpt"), Infill("", "b"), "\n", id="nothing"),
        pytest.param(QWEN, Infill("{prefix}", "{}"),
            "<|fim_prefix|><|fim_suffix|>{}<|fim_middle|>{prefix}", id="braces"),
    ],
)  # fmt: skip
def test_infill_as_a_text(server: remote_api.Server, prompt: Infill, expected: str) -> None:
    found = remote_api.ask(server, Request(prompt))
    assert (found.path, found.body["prompt"]) == ("/v1/completions", expected)


def test_llama_cpps_own_way() -> None:
    server = remote_api.server_of("m", {}, LLAMA_CPP)
    assert (server.context, server.llama_cpp) == (1024, True)
    own = remote_api.Server("m", llama_cpp=True, infill=True)
    request = Request(Infill("a", "b", "# h\n"), 5, ("x",), Sampling(0.5, seed=3))
    found = remote_api.ask(own, request)
    assert found.path == "/infill"
    assert found.body == {
        "input_prefix": "# h\na", "input_suffix": "b", "prompt": "", "n_predict": 5,
        "stop": ["x"], "temperature": 0.5, "top_k": 40, "top_p": 0.95, "seed": 3,
        "cache_prompt": True, "stream": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "kind", "piece"),
    [
        pytest.param("", "text", None, id="blank"),
        pytest.param(": ping", "text", None, id="comment"),
        pytest.param("data: [DONE]", "chat", remote_api.Piece(over=True), id="done"),
        pytest.param('data: {"choices": []}', "chat", remote_api.Piece(), id="usage-only"),
        pytest.param('data: {"choices": [{"delta": {"content": null}}]}', "chat",
            remote_api.Piece(), id="role-only"),
        pytest.param('data: {"content": "x", "stop": false}', "infill",
            remote_api.Piece("x"), id="infill"),
        pytest.param('data: {"content": "", "stop": true, "stop_type": "limit", "timings": '
            '{"prompt_n": 2, "cache_n": 7, "predicted_n": 4}}', "infill",
            remote_api.Piece("", "length", 9, 2, 4, over=True), id="infill-end"),
    ],
)  # fmt: skip
def test_events(line: str, kind: remote_api.Kind, piece: remote_api.Piece | None) -> None:
    assert remote_api.piece(line, kind) == piece


# --- cancelling, and what goes wrong ---------------------------------------------------------


async def test_leaving_an_answer_closes_its_connection() -> None:
    async def endless(asked: Asked) -> None:
        await asked.begin()
        while True:
            await asked.event({"choices": [{"text": " x"}]})
            await asyncio.sleep(0.01)

    async with school(endless) as server, engine(server.url) as asked:
        await asked.ready(SECONDS)
        async with asked.generate(ASKED) as stream:
            async for _ in stream:
                break
        assert stream.result.finish == "cancelled"
        assert not asked.status.busy
        await asyncio.wait_for(server.left.wait(), SECONDS)


async def test_a_task_that_is_cancelled_before_the_first_word() -> None:
    async def silent(_: Asked) -> None:
        await asyncio.sleep(0.05)

    async with school(silent) as server, engine(server.url) as asked:
        await asked.ready(SECONDS)
        task = asyncio.create_task(complete(asked, ASKED))
        await until(lambda: bool(server.asked))
        task.cancel()
        await asyncio.wait_for(server.left.wait(), SECONDS)
        assert not asked.status.busy


def status(code: int, **headers: str) -> Reply:
    async def reply(asked: Asked) -> None:
        await asked.answer(code, {"error": {"message": "x"}}, **headers)

    return reply


async def test_a_busy_server_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_link, "FIRST_WAIT", 0.01)
    replies = status(503), status(429, Retry_After="0"), hello
    async with school(*replies) as server, engine(server.url) as asked:
        await asked.ready(SECONDS)
        assert (await complete(asked, ASKED)).text == "hello world"
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("code", "error", "times"),
    [
        pytest.param(400, EngineError, 1, id="too-long"),
        pytest.param(401, RemoteKey, 1, id="no-key"),
        pytest.param(403, RemoteKey, 1, id="wrong-key"),
        pytest.param(302, RemoteDown, 1, id="elsewhere"),
        pytest.param(500, RemoteDown, 1, id="broken"),
        pytest.param(503, RemoteDown, remote_link.TRIES, id="busy-for-long"),
    ],
)
async def test_what_is_refused(
    monkeypatch: pytest.MonkeyPatch, code: int, error: type[PippyError], times: int
) -> None:
    monkeypatch.setattr(remote_link, "FIRST_WAIT", 0.01)
    reply = status(code, Location="http://127.0.0.1:9/")
    async with school(reply) as server, engine(server.url) as asked:
        await asked.ready(SECONDS)
        with pytest.raises(error):
            await complete(asked, ASKED)
        assert (asked.status.phase == "failed") == (error is RemoteKey), (
            "a key is not got by waiting"
        )
    assert len(server.asked) == times


async def test_a_server_that_fails_is_left_alone_until_it_is_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remote, "FIRST_PAUSE", 0.2)
    async with school(status(500)) as server, engine(server.url) as asked:
        await asked.ready(SECONDS)
        for _ in range(remote.FAILURES):
            with pytest.raises(RemoteDown):
                await complete(asked, ASKED)
        assert asked.status.phase == "failed"
        with pytest.raises(RemoteDown):
            await complete(asked, ASKED)
        assert len(server.asked) == remote.FAILURES
        server.replies = [hello]
        await until(lambda: asked.status.phase == "ready")
        assert (await complete(asked, ASKED)).text == "hello world"


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({"error": {"message": "out of memory"}}, id="an-error"),
        pytest.param({"choices": "x"}, id="no-choices"),
        pytest.param({"choices": [{"text": "x"}], "usage": {"prompt_tokens": [1]}}, id="no-number"),
        pytest.param("{", id="no-json"),
        pytest.param([1], id="a-list"),
    ],
)
async def test_an_answer_that_breaks_off(event: object) -> None:
    async def half(asked: Asked) -> None:
        await asked.begin()
        await asked.event({"choices": [{"text": " he"}]})
        await asked.event(event)

    async with school(half) as server, engine(server.url) as asked:
        await asked.ready(SECONDS)
        with pytest.raises(RemoteDown):
            await complete(asked, ASKED)
        assert asked.status.spent.generated == 1


async def test_no_server_there(monkeypatch: pytest.MonkeyPatch) -> None:
    async with engine("http://127.0.0.1:9") as asked:
        with pytest.raises(RemoteDown) as caught:
            await asked.ready(SECONDS)
        assert caught.value.details["server"] == "http://127.0.0.1:9"


async def test_a_model_that_the_server_lacks() -> None:
    async with school(hello) as server, engine(server.url, server_model="gpt") as asked:
        with pytest.raises(RemoteModel) as caught:
            await asked.ready(SECONDS)
    assert caught.value.details["known"] == "qwen2.5-coder, other"


# --- who may be asked ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("server", "allowed", "error"),
    [
        pytest.param("https://school.example", "no", RemoteForbidden, id="nobody-allowed-it"),
        pytest.param("http://school.example", "no", RemoteForbidden, id="plain-and-not-allowed"),
        pytest.param("http://school.example", "tls", RemotePlain, id="plain"),
        pytest.param("http://192.168.1.5:8080", "tls", RemotePlain, id="the-local-network"),
        pytest.param("school", "tls", RemoteAddress, id="no-address"),
        pytest.param("ftp://school", "tls", RemoteAddress, id="another-protocol"),
        pytest.param("https://me:pass@school", "tls", RemoteAddress, id="a-password"),
        pytest.param("https://school:port", "tls", RemoteAddress, id="no-port"),
    ],
)
async def test_who_is_never_asked(server: str, allowed: str, error: type[PippyError]) -> None:
    async with engine(server, remote=allowed) as asked:
        with pytest.raises(error):
            await asked.ready(SECONDS)


@pytest.mark.parametrize(
    ("text", "url", "here"),
    [
        pytest.param("https://school.example/v1/", "https://school.example:443", False, id="v1"),
        pytest.param("http://localhost:8080", "http://localhost:8080", True, id="localhost"),
        pytest.param("http://[::1]:8080/v1", "http://[::1]:8080", True, id="ipv6"),
        pytest.param("http://127.1.2.3", "http://127.1.2.3:80", True, id="loopback"),
        pytest.param("https://localhost.evil.example", "https://localhost.evil.example:443", False,
            id="not-localhost"),
        pytest.param("https://a.example/api", "https://a.example:443/api", False, id="a-path"),
    ],
)  # fmt: skip
def test_addresses(text: str, url: str, here: bool) -> None:
    found = address.parse(text)
    assert (found.url, found.here) == (url, here)


LISTED = frozenset({"https://school.example/v1"})


@pytest.mark.parametrize(
    ("servers", "trusted", "asked", "expected"),
    [
        pytest.param(None, False, "no", "no", id="no-word-of-it"),
        pytest.param(None, False, "tls", "tls", id="the-settings-word"),
        pytest.param(frozenset(), True, "plain", "no", id="none-at-all"),
        pytest.param(LISTED, True, "no", "plain", id="the-systems-policy-allows-it"),
        pytest.param(LISTED, False, "no", "no", id="a-folders-policy-allows-nothing"),
        pytest.param(LISTED, False, "tls", "tls", id="a-folders-policy-and-the-setting"),
        pytest.param(frozenset({"https://other"}), False, "tls", "no", id="another-one-only"),
    ],
)
def test_the_policy(
    servers: frozenset[str] | None, trusted: bool, asked: Remote, expected: Remote
) -> None:
    settings = Settings(model=ModelSettings(server="https://school.example:443", remote=asked))
    found = policy.apply(Policy(servers=servers, servers_trusted=trusted), settings)
    assert found.model.remote == expected
