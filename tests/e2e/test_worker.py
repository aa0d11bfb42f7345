"""The model's process: it may be killed at any time, and nothing of it outlives the server."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio
from lsprotocol import types

from tests.e2e import faults
from tests.e2e.editor import ANSWER_SECONDS, LOAD_SECONDS, Editor, session

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.model]

# So much that the model reads for a second or more before its first word.
LONG = "".join(f"def step_{n}(x, y):\n    return x * {n} + y\n\n\n" for n in range(300))
WAITING_MOST = 0.5
"""Seconds of the worker's time between a cancel and its end: a request lingers for 0.15 s on two
threads, as the next key often goes on where it was."""
IDLE_MOST = 0.15
"""Seconds of the worker's time in the second after that."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plumbing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    async with session(tmp_path_factory.mktemp("work")) as editor:
        await editor.ready()
        yield editor


async def answered(editor: Editor, name: str) -> None:
    """A fresh document gets an answer for which the model has worked."""
    uri = editor.open(f"{name.replace('-', '_')} = 1\nfor i in range(3):\n    ", f"untitled:{name}")
    before = (await editor.ready()).spent.evaluated
    assert isinstance(await asyncio.wait_for(editor.inline(uri, 2, 4), ANSWER_SECONDS), list)
    assert (await editor.status()).spent.evaluated > before


async def other_worker(editor: Editor, old: psutil.Process) -> psutil.Process:
    """The worker that was started in the place of `old`, loaded."""
    end = time.monotonic() + LOAD_SECONDS
    while time.monotonic() < end:
        found = faults.workers_of(faults.server_of(editor))
        if found and found[0] != old and (await editor.status()).phase == "ready":
            return found[0]
        await asyncio.sleep(0.05)
    raise AssertionError("no other worker was started")


def assert_no_zombie(editor: Editor) -> None:
    children = faults.server_of(editor).children(recursive=True)
    assert [each for each in children if each.status() == psutil.STATUS_ZOMBIE] == []


def ask_ghost(editor: Editor, uri: str, line: int, name: str) -> Future[Any]:
    """Ask with an id of our own, so that it can be cancelled."""
    params = types.InlineCompletionParams(
        context=types.InlineCompletionContext(types.InlineCompletionTriggerKind.Invoked),
        text_document=types.TextDocumentIdentifier(uri),
        position=types.Position(line, 0),
    )
    found: Future[Any] = editor.client.protocol.send_request(
        types.TEXT_DOCUMENT_INLINE_COMPLETION, params, msg_id=name
    )
    return found


async def busy(editor: Editor) -> None:
    for _ in range(400):
        if (await editor.status()).busy:
            return
        await asyncio.sleep(0.005)
    raise AssertionError("the model was never busy")


# --- killed --------------------------------------------------------------------------------


async def test_killed_while_idle(plumbing: Editor) -> None:
    worker = faults.worker_of(plumbing)
    uri = plumbing.open("for i in range(3):\n    ", "untitled:killed-idle")
    worker.kill()
    assert await asyncio.wait_for(plumbing.inline(uri, 1, 4), 10) == []
    await other_worker(plumbing, worker)
    await answered(plumbing, "after-killed-idle")
    assert_no_zombie(plumbing)


async def test_killed_while_answering(plumbing: Editor) -> None:
    worker = faults.worker_of(plumbing)
    uri = plumbing.open("total = 0\nfor i in range(3):\n    ", "untitled:killed-busy")
    worker.suspend()  # so it is surely still at it
    asked = asyncio.ensure_future(plumbing.inline(uri, 2, 4))
    await busy(plumbing)
    worker.kill()
    assert await asyncio.wait_for(asked, 10) == []
    await other_worker(plumbing, worker)
    await answered(plumbing, "after-killed-busy")
    assert_no_zombie(plumbing)
    assert plumbing.client.messages == []


async def test_killed_while_loading(tmp_path: Path) -> None:
    async with session(tmp_path, model="meaning") as editor:
        server = faults.server_of(editor)
        found = await asyncio.to_thread(faults.first_workers, server)
        # Held: else it may be ready before the server, which warms jedi up, has answered.
        found[0].suspend()
        assert (await editor.status()).phase == "loading"
        uri = editor.open("x = 1\n", "untitled:loading")
        found[0].kill()
        assert await asyncio.wait_for(editor.inline(uri, 1, 0), ANSWER_SECONDS) == []
        await other_worker(editor, found[0])
        await answered(editor, "after-killed-loading")
        assert_no_zombie(editor)
        assert editor.client.messages == []


@pytest.mark.parametrize("phase", ["loading", "ready"])
async def test_the_server_is_killed(tmp_path: Path, phase: str) -> None:
    async with session(tmp_path, model="meaning") as editor:
        server = faults.server_of(editor)
        if phase == "ready":
            await editor.ready()
        found = await asyncio.to_thread(faults.first_workers, server)
        server.kill()
        # on a thread, as the client's loop must collect the server
        assert await asyncio.to_thread(faults.ends_within, 2, server, *found)
        editor.client.error = RuntimeError("killed by the test")  # so nobody says goodbye to it


# Now and then only: the keeper must be cancelled while it is starting the worker's process.
@pytest.mark.parametrize("phase", ["loading", "ready", "busy"])
async def test_the_clients_pipe_is_closed(phase: str) -> None:
    async with faults.served("--stdio", model="smollm2-135m-instruct") as process:
        client = faults.raw(process)
        await client.initialize(LONG)
        server = psutil.Process(process.pid)
        found = await asyncio.to_thread(faults.first_workers, server)
        while phase != "loading":
            if (await client.ask("pippy/status", {}))["result"]["phase"] == "ready":
                break
            await asyncio.sleep(0.05)
        if phase == "busy":
            place = {"textDocument": {"uri": faults.URI}, "position": {"line": 700, "character": 0}}
            client.send(
                "textDocument/inlineCompletion", {**place, "context": {"triggerKind": 1}}, 5
            )
            await asyncio.sleep(0.2)
        client.writer.close()
        assert await asyncio.to_thread(faults.ends_within, 20, server, *found)


async def test_a_closed_pipe_leaves_no_folder_behind(tmp_path: Path) -> None:
    model = "smollm2-135m-instruct"
    async with faults.served("--stdio", model=model, TMPDIR=str(tmp_path)) as process:
        client = faults.raw(process)
        await client.initialize()
        await asyncio.to_thread(faults.first_workers, psutil.Process(process.pid))
        client.writer.close()
        await asyncio.wait_for(process.wait(), 30)
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - pathlib's is refused in a coroutine


# --- given up ------------------------------------------------------------------------------


async def spent_after(worker: psutil.Process) -> tuple[float, float]:
    """CPU seconds of the worker in the first 0.3 s from now, and in the second after them."""
    start = faults.cpu_seconds(worker)
    await asyncio.sleep(0.3)
    middle = faults.cpu_seconds(worker)
    await asyncio.sleep(1)
    return middle - start, faults.cpu_seconds(worker) - middle


async def test_a_cancelled_request_stops_burning_the_cpu(plumbing: Editor) -> None:
    worker = faults.worker_of(plumbing)
    uri = plumbing.open(LONG, "untitled:cancelled")
    asked = ask_ghost(plumbing, uri, 602, "to-be-cancelled")
    await busy(plumbing)
    plumbing.client.cancel_request(types.CancelParams("to-be-cancelled"))
    lingering, idle = await spent_after(worker)
    assert asked.done()
    assert lingering <= WAITING_MOST
    assert idle <= IDLE_MOST


async def test_a_change_elsewhere_stops_it_too(plumbing: Editor) -> None:
    worker = faults.worker_of(plumbing)
    uri = plumbing.open(LONG + "# one\n", "untitled:changed")
    asked = ask_ghost(plumbing, uri, 402, "moot")
    await busy(plumbing)
    plumbing.change(uri, "# quite another program\n" + LONG)
    lingering, idle = await spent_after(worker)
    assert lingering + idle <= WAITING_MOST + IDLE_MOST
    assert list((await asyncio.wait_for(asyncio.wrap_future(asked), 30)).items) == []


async def test_of_fifty_requests_while_typing_only_the_newest_has_items(plumbing: Editor) -> None:
    uri = plumbing.open("", "untitled:typing")
    typed = "for number in range(10):\n    print(number * 2, number)\n"
    asked = []
    for count in range(1, 51):
        plumbing.change(uri, typed[:count])
        lines = typed[:count].split("\n")
        params = types.InlineCompletionParams(
            context=types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic),
            text_document=types.TextDocumentIdentifier(uri),
            position=types.Position(len(lines) - 1, len(lines[-1])),
        )
        asked.append(plumbing.client.text_document_inline_completion_async(params))
    answers = await asyncio.wait_for(asyncio.gather(*asked), 30)
    kept = [len(each.items) for each in answers if isinstance(each, types.InlineCompletionList)]
    assert kept[:-1] == [0] * 49
    assert len(kept) == 50
    await answered(plumbing, "after-typing")
