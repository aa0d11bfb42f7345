"""workspace/executeCommand, and the requests of our own that editors' plug-ins use.

A command returns at once and goes on as a tracked task: pygls neither cancels a running command nor
survives a shutdown in the middle of one. `pippy/explain` is the request that waits and can be
cancelled.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
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
REPORT_SECONDS = 1.0
"""How often a progress says that it is still alive."""


def register(server: PippyServer) -> None:
    """Answer the methods."""

    @server.command(EXPLAIN)
    async def explain(ls: PippyServer, uri: str, first: int, last: int) -> None:
        ls.background(_explain_and_say(ls, uri, first, last))

    @server.feature("pippy/explain")
    async def explain_request(ls: PippyServer, params: Any) -> dict[str, str]:  # noqa: ANN401 - any JSON
        uri, first, last = _place(ls, params)
        try:
            async with progress(ls, ls.messages.say("progress-explaining"), token_of(params)):
                return {"text": await _explain(ls, uri, first, last)}
        except PippyError as error:
            raise ls.failure(error) from error

    @server.feature("pippy/status")
    async def status(ls: PippyServer, params: Any) -> dict[str, Any]:  # noqa: ANN401
        now = ls.engine.status
        error = ls.error_of(now)
        sentence = ls.messages.error(error) if error else ""
        more: dict[str, Any] = {
            "suggestions": dataclasses.asdict(ls.figures),
            "panel": ls.chair.report(),
        }
        more["sparing"] = ls.sparing.reason
        return {**msgspec.to_builtins(now), "message": sentence, **more}


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
    ls.policy.demand("explain")
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
        await ls.show(ls.messages.say("action-explain"), text)


def token_of(params: Any) -> str | int:  # noqa: ANN401 - any JSON
    """The token that the client gave its request; 0 for none, so that no progress is begun."""
    found = getattr(params, "workDoneToken", None)
    return found if isinstance(found, (str, int)) else 0


@asynccontextmanager
async def progress(
    ls: PippyServer, title: str, token: str | int | None = None
) -> AsyncIterator[None]:
    """A progress in the editor, where it shows one, whose cancel ends the work.

    `token` is the client's own; None asks for one, "" or 0 shows nothing.
    """
    if token is None:
        token = await _created(ls)
    if not token:
        yield
        return
    shown, task = ls.work_done_progress, asyncio.current_task()
    shown.begin(token, types.WorkDoneProgressBegin(title, cancellable=True))
    loop = asyncio.get_running_loop()
    if task is not None:
        shown.tokens[token].add_done_callback(
            lambda future: future.cancelled() and loop.call_soon_threadsafe(task.cancel)
        )
    ticking = asyncio.ensure_future(_tick(ls, token))
    try:
        yield
    finally:
        ticking.cancel()
        shown.end(token, types.WorkDoneProgressEnd())
        shown.tokens.pop(token, None)


async def _created(ls: PippyServer) -> str:
    """A token that the client agreed to; "" where it shows no progress."""
    if not ls.client.progress:
        return ""
    token = str(uuid.uuid4())
    try:
        # pygls fails on an answer that arrives after a cancel: hence the shield.
        created = asyncio.shield(ls.work_done_progress.create_async(token))
        await asyncio.wait_for(created, ANSWER_SECONDS)
    except Exception:  # noqa: BLE001 - whatever a client does here, the work is done
        return ""
    return token


async def _tick(ls: PippyServer, token: str | int) -> None:
    """Say now and then how long it has taken, so that a slow model is not taken for a dead one."""
    began = time.monotonic()
    while True:
        await asyncio.sleep(REPORT_SECONDS)
        passed = round(time.monotonic() - began)
        message = ls.messages.say("progress-seconds", seconds=passed)
        ls.work_done_progress.report(token, types.WorkDoneProgressReport(message=message))
