"""workspace/executeCommand, and the requests of our own that editors' plug-ins use.

A command returns at once and goes on as a tracked task: pygls neither cancels a running command nor
survives a shutdown in the middle of one. `pippy/explain` is the request that waits and can be
cancelled.
"""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from pippy_lsp.errors import EngineTimeout, PippyError
from pippy_lsp.features.base import PippyServer
from pippy_lsp.teaching.explain import Explanation

EXPLAIN = "pippy.explain"
ANSWER_SECONDS = 2.0
"""How long a client has to answer when it is asked for a progress token."""


def register(server: PippyServer) -> None:
    """Answer the methods."""

    @server.command(EXPLAIN)
    async def explain(ls: PippyServer, uri: str, first: int, last: int) -> None:
        ls.background(_explain_and_say(ls, uri, first, last))

    @server.feature("pippy/explain")
    async def explain_request(ls: PippyServer, params: Any) -> dict[str, str]:  # noqa: ANN401 - any JSON
        uri, first, last = _place(ls, params)
        try:
            return {"text": await _explain(ls, uri, first, last)}
        except PippyError as error:
            raise ls.failure(error) from error

    @server.feature("pippy/status")
    async def status(ls: PippyServer, params: Any) -> dict[str, Any]:  # noqa: ANN401
        now = ls.engine.status
        error = ls.error_of(now)
        sentence = ls.messages.error(error) if error else ""
        figures = dataclasses.asdict(ls.figures)
        return {**msgspec.to_builtins(now), "message": sentence, "suggestions": figures}


def _place(ls: PippyServer, params: Any) -> tuple[str, int, int]:  # noqa: ANN401 - any JSON
    """`{textDocument: {uri}, range}`, as pygls gives it for a method it does not know.

    Raises: JsonRpcException for anything else.
    """
    try:
        lines = params.range
        return str(params.textDocument.uri), int(lines.start.line), int(lines.end.line)
    except (AttributeError, TypeError, ValueError) as error:
        sentence = ls.messages.say("request-place")
        raise JsonRpcException(sentence, code=JsonRpcInvalidParams.CODE) from error


def marked(ls: PippyServer, said: Explanation) -> str:
    """The explanation, called a guess where a model made it."""
    return ls.messages.say("computer-guess", text=said.text) if said.guess else said.text


async def _explain(ls: PippyServer, uri: str, first: int, last: int) -> str:
    snapshot = ls.snapshot(uri)
    seconds = ls.settings.teaching.timeout_s
    try:
        level = ls.level_of(snapshot)
        work = ls.explainer.explain(snapshot, first, last, level=level)
        said = await asyncio.wait_for(work, seconds)
    except (TimeoutError, asyncio.TimeoutError) as error:
        raise EngineTimeout(seconds=round(seconds)) from error
    return marked(ls, said)


async def _explain_and_say(ls: PippyServer, uri: str, first: int, last: int) -> None:
    try:
        async with progress(ls, ls.messages.say("progress-explaining")):
            text = await _explain(ls, uri, first, last)
    except PippyError as error:
        ls.tell(error)
    else:
        ls.say(text)


@asynccontextmanager
async def progress(ls: PippyServer, title: str) -> AsyncIterator[None]:
    """A progress in the editor, where it shows one, whose cancel ends the work."""
    if not ls.client.progress:
        yield
        return
    token, task = str(uuid.uuid4()), asyncio.current_task()
    shown = ls.work_done_progress
    try:
        # pygls fails on an answer that arrives after a cancel: hence the shield.
        await asyncio.wait_for(asyncio.shield(shown.create_async(token)), ANSWER_SECONDS)
    except (TimeoutError, asyncio.TimeoutError):
        yield
        return
    shown.begin(token, types.WorkDoneProgressBegin(title, cancellable=True))
    loop = asyncio.get_running_loop()
    if task is not None:
        shown.tokens[token].add_done_callback(
            lambda future: future.cancelled() and loop.call_soon_threadsafe(task.cancel)
        )
    try:
        yield
    finally:
        shown.end(token, types.WorkDoneProgressEnd())
        shown.tokens.pop(token, None)
