"""How the server is spoken with: over which pipes, and what it does with nonsense."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e import faults
from tests.e2e.faults import URI, RawClient

pytestmark = pytest.mark.asyncio(loop_scope="module")
HERE = {"textDocument": {"uri": URI}, "position": {"line": 1, "character": 10}}
PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS = -32700, -32600, -32601, -32602
NOT_INITIALIZED = -32002


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client() -> AsyncIterator[RawClient]:
    """One server for all the nonsense: it must live to the end."""
    async with faults.served("--stdio") as process:
        found = faults.raw(process)
        await found.initialize()
        yield found


async def assert_goes_on(client: RawClient) -> None:
    answer = await client.ask("textDocument/hover", HERE)
    assert "range" in str(answer["result"]["contents"])


# --- the pipes -----------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [("--stdio",), ()], ids=["--stdio", "no-arguments"])
async def test_stdio(arguments: tuple[str, ...]) -> None:
    async with faults.served(*arguments) as process:
        client = faults.raw(process)
        answer = await client.initialize()
        assert answer["result"]["serverInfo"]["name"] == "pippy-lsp"
        await assert_goes_on(client)
        assert (await client.ask("shutdown", None))["result"] is None
        client.send("exit", None)
        assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_tcp() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with faults.served("--tcp", f"127.0.0.1:{port}") as process:
        client = RawClient(*await _connected(port))
        await client.initialize()
        await assert_goes_on(client)
        await client.ask("shutdown", None)
        client.send("exit", None)
        await asyncio.wait_for(process.wait(), 10)
        client.writer.close()


async def _connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    for _ in range(200):
        with contextlib.suppress(OSError):
            return await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(0.05)
    raise AssertionError("nobody listens")


REFUSED = {
    "all-interfaces": "0.0.0.0:0",
    "another-machine": "192.0.2.1:2087",
    "a-name": "example.org:2087",
    "no-port": "127.0.0.1",
    "no-number": "127.0.0.1:http",
    "too-large": "127.0.0.1:65536",
    "all-interfaces-6": "[::]:2087",
}


@pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED)
async def test_tcp_is_refused_in_one_sentence(address: str, tmp_path: Path) -> None:
    done = await faults.pippy("--tcp", address, folder=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "127.0.0.1" in done.stderr


NOISY = """\
import os, sys, threading, time

def babble():
    # Until the server has put its own stdout aside nobody but it prints; then all who like do.
    end = time.time() + 5
    while os.fstat(1).st_ino != os.fstat(2).st_ino and time.time() < end:
        time.sleep(0.01)
    while True:
        print("babble", flush=True)
        os.write(1, b"babble\\n")
        os.system("echo babble")
        open(os.environ["BABBLED"], "a").close()
        time.sleep(0.01)

threading.Thread(target=babble, daemon=True).start()
"""


async def test_what_a_library_prints_is_not_between_the_messages(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NOISY, "utf-8")
    path = os.pathsep.join([str(tmp_path), str(faults.ROOT)])
    babbled = tmp_path / "babbled"
    async with faults.served("--stdio", PYTHONPATH=path, BABBLED=str(babbled)) as process:
        client = faults.raw(process)
        await client.initialize()
        for _ in range(200):
            await asyncio.sleep(0 if babbled.exists() else 0.05)
        assert babbled.exists()
        for _ in range(20):  # RawClient fails on a byte that is not a message's
            await assert_goes_on(client)


# --- nonsense ------------------------------------------------------------------------------

BYTES = {
    "length-is-a-word": b"Content-Length: abc\r\n\r\n",
    "length-is-a-word-and-a-body": b"Content-Length: abc\r\n\r\n{}",
    "length-is-negative": b"Content-Length: -5\r\n\r\n{}",
    "length-is-huge": b"Content-Length: 99999999999999999999\r\n\r\n{}",
    "length-is-a-gigabyte": b"Content-Length: 999999999\r\n\r\n{}",
    "length-is-zero": b"Content-Length: 0\r\n\r\n",
    "no-length": b'{"jsonrpc":"2.0","id":5,"method":"pippy/status"}',
    "a-line": b"hello\r\n",
    "a-line-without-end": b"hello",
    "all-bytes": bytes(range(256)),
    "length-too-small": b'Content-Length: 10\r\n\r\n{"jsonrpc":"2.0","method":"pippy/status"}',
}


@pytest.mark.parametrize("data", BYTES.values(), ids=BYTES)
async def test_bytes_that_are_no_message(client: RawClient, data: bytes) -> None:
    client.writer.write(data)
    await assert_goes_on(client)


@pytest.mark.parametrize("header", ["content-length: %d\r\n\r\n", "Content-Length:%d\n\n"])
async def test_headers_as_lenient_as_others(client: RawClient, header: str) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "pippy/status", "params": {}})
    client.writer.write((header % len(body) + body).encode())
    assert "phase" in (await client.answer(7))["result"]


NO_MESSAGES: dict[str, tuple[bytes, int]] = {
    "no-json": (b"{bad}", PARSE_ERROR),
    "half-json": (b'{"jsonrpc": "2.0", "id"', PARSE_ERROR),
    "no-utf-8": (b'{"\xff\xfe": 1}', PARSE_ERROR),
    "very-deep": (b"[" * 100_000, PARSE_ERROR),
    "a-list": (b"[]", INVALID_REQUEST),
    "a-number": (b"3", INVALID_REQUEST),
    "null": (b"null", INVALID_REQUEST),
    "no-version": (b'{"id":7,"method":"pippy/status"}', INVALID_REQUEST),
    "method-is-a-number": (b'{"jsonrpc":"2.0","id":7,"method":5}', INVALID_REQUEST),
    "id-is-an-object": (b'{"jsonrpc":"2.0","id":{},"method":"pippy/status"}', INVALID_REQUEST),
}


@pytest.mark.parametrize("name", NO_MESSAGES)
async def test_a_body_that_is_no_message(client: RawClient, name: str) -> None:
    client.send_body(NO_MESSAGES[name][0])
    await assert_goes_on(client)


@pytest.mark.parametrize("name", NO_MESSAGES)
async def test_a_body_that_is_no_message_is_answered(client: RawClient, name: str) -> None:
    body, code = NO_MESSAGES[name]
    start = len(client.heard)
    client.send_body(body)
    await assert_goes_on(client)
    (answer,) = [each for each in client.heard[start:] if "error" in each]
    assert answer["id"] in (None, 7)
    assert answer["error"]["code"] == code


def at(line: object, character: object) -> dict[str, Any]:
    return {**HERE, "position": {"line": line, "character": character}}


ACTION = {"textDocument": {"uri": URI}, "context": {"diagnostics": []}}
WRONG: dict[str, tuple[str, object]] = {
    "parameters-of-another": ("textDocument/hover", {"foo": 1}),
    "no-parameters": ("textDocument/hover", None),
    "position-is-text": ("textDocument/hover", at("a", 0)),
    "line-is-negative": ("textDocument/hover", at(-1, 0)),
    "character-is-negative": ("textDocument/completion", at(0, -5)),
    "beyond-uinteger": ("textDocument/hover", at(2**40, 2**40)),
    "ghost-text-nowhere": (
        "textDocument/inlineCompletion",
        {**at(-1, -1), "context": {"triggerKind": 1}},
    ),
    "range-is-negative": (
        "textDocument/codeAction",
        {**ACTION, "range": {"start": at(-3, 0)["position"], "end": at(0, 0)["position"]}},
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_request_kills_nothing(client: RawClient, name: str) -> None:
    method, params = WRONG[name]
    client.send(method, params, 5)
    await assert_goes_on(client)


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_request_is_answered(client: RawClient, name: str) -> None:
    method, params = WRONG[name]
    start = len(client.heard)
    client.send(method, params, 5)
    await assert_goes_on(client)
    (answer,) = [each for each in client.heard[start:] if each.get("id") == 5]
    assert answer["error"]["code"] == INVALID_PARAMS
    assert "data" not in answer["error"]


async def test_an_unknown_method_is_answered(client: RawClient) -> None:
    answer = await client.ask("no/such", {})
    assert answer["error"]["code"] == NO_METHOD


NOTIFICATIONS: dict[str, tuple[str, object]] = {
    "unknown": ("no/such", {}),
    "cancel-of-nothing": ("$/cancelRequest", {"id": 123456}),
    "change-of-nothing": (
        "textDocument/didChange",
        {"textDocument": {"uri": "untitled:never", "version": 2}, "contentChanges": []},
    ),
    "change-without-sense": ("textDocument/didChange", {"textDocument": 5}),
    "close-of-nothing": ("textDocument/didClose", {"textDocument": {"uri": "untitled:never"}}),
    "settings-without-sense": ("workspace/didChangeConfiguration", {"settings": 5}),
}


@pytest.mark.parametrize("name", NOTIFICATIONS)
async def test_a_wrong_notification_is_let_pass(client: RawClient, name: str) -> None:
    start = len(client.heard)
    client.send(*NOTIFICATIONS[name])
    await assert_goes_on(client)
    assert [each for each in client.heard[start:] if "error" in each] == []


FAR = {
    "far-line": (99_999_999, 0),
    "far-column": (0, 2**31 - 1),
    "far-both": (2**31 - 1, 2**31 - 1),
}


@pytest.mark.parametrize("name", FAR)
async def test_a_far_position_is_answered(client: RawClient, name: str) -> None:
    place = at(*FAR[name])
    assert "result" in await client.ask("textDocument/hover", place)
    assert "items" in (await client.ask("textDocument/completion", place))["result"]
    ghost = {**place, "context": {"triggerKind": 1}}
    assert (await client.ask("textDocument/inlineCompletion", ghost))["result"] == {"items": []}
    action = {**ACTION, "range": {"start": place["position"], "end": place["position"]}}
    assert "result" in await client.ask("textDocument/codeAction", action)


async def test_a_request_before_initialize_is_an_error_and_no_end() -> None:
    async with faults.served("--stdio") as process:
        client = faults.raw(process)
        assert "error" in await client.ask("textDocument/hover", HERE)
        await client.initialize()
        await assert_goes_on(client)


async def test_a_request_before_initialize_gets_the_error_of_the_specification() -> None:
    async with faults.served("--stdio") as process:
        answer = await faults.raw(process).ask("textDocument/hover", HERE)
        assert answer["error"]["code"] == NOT_INITIALIZED


async def test_an_error_carries_no_traceback(client: RawClient) -> None:
    answer = await client.ask("pippy/explain", {})
    assert "data" not in answer["error"]
