"""An `Engine` whose model is on a server: a classroom's, or another program on this computer.

What the child writes leaves the computer then, so the address, the way and the permission are
looked at before the first byte is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from pippy_lsp.engine import remote_api
from pippy_lsp.engine.protocol import ModelInfo, Priority, Request, Status
from pippy_lsp.engine.remote_answer import Answer
from pippy_lsp.engine.remote_link import SPREAD, Link
from pippy_lsp.engine.standing import BackOff, Standing
from pippy_lsp.errors import PippyError, RemoteDown, RemoteKey, RemoteModel
from pippy_lsp.settings import ModelSettings

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)
FAILURES = 3
"""After so many failed requests in a row the server counts as down."""
FIRST_PAUSE, LONGEST_PAUSE = 3.0, 120.0
"""Seconds before a server that is down is tried again."""


class RemoteEngine(Standing):
    """An `Engine` over HTTP. Leaving an answer's context closes its connection, by which the
    server learns that nobody wants it any more.
    """

    def __init__(self, settings: ModelSettings) -> None:
        super().__init__()
        self._settings = settings
        self._keeper: asyncio.Task[None] | None = None
        self._link: Link | None = None
        self._server: remote_api.Server | None = None
        self._ahead = asyncio.Semaphore(1)
        """What nobody waits for is asked one at a time: the others in the class want the server."""
        self._busy = 0
        self._failures = 0
        self._pause = BackOff(FIRST_PAUSE, LONGEST_PAUSE, SPREAD)
        self._lost = asyncio.Event()
        """Set when the server has to be tried again."""

    def _is_busy(self) -> bool:
        return self._busy > 0

    # --- the connection --------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to look for the server; returns at once."""
        if self._keeper is None and not self._closed:
            self._tell(Status("loading"))
            self._keeper = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        """Find the server, and find it again when it was lost: the circuit is open meanwhile."""
        while not self._closed:
            self._lost.clear()
            try:
                await self._connect()
                await self._lost.wait()
            except PippyError as error:
                self._fail(error)
                if not isinstance(error, RemoteDown):
                    return  # no waiting helps
            await self._pause.wait()

    def _fail(self, error: PippyError) -> None:
        log.warning("the server can't be used: %s", error.code)
        self._tell(Status("failed", error=error.code, details=error.details))

    async def _connect(self) -> None:
        """Ask the server what it has. Raises: RemoteError, MissingPackage."""
        link = self._link = self._link or Link(self._settings)
        await link.open()
        listed = remote_api.models_of(await link.get("/v1/models"))
        wanted = self._settings.server_model or next(iter(listed), "")
        if not wanted or (listed and wanted not in listed):
            raise RemoteModel(server=link.place.url, name=wanted, known=", ".join(listed))
        props = await link.get("/props", needed=False)
        version = None if props else await link.get("/api/version", needed=False)
        server = remote_api.server_of(wanted, listed.get(wanted, {}), props, version)
        if server.llama_cpp:
            server = msgspec.structs.replace(server, infill=await link.infills())
        self._server, self._failures = server, 0
        self._tell(Status("ready", _model(server, "" if link.place.here else link.place.url)))

    # --- requests --------------------------------------------------------------------------

    @asynccontextmanager
    async def generate(self, request: Request) -> AsyncIterator[Answer]:
        """Stream the answer; leaving the context cancels it."""
        self._ready_model()
        assert self._server is not None  # noqa: S101 - it is ready
        asked = remote_api.ask(self._server, request)
        answer = Answer(request, asked.owed)
        if not request.max_tokens:
            # A prompt is read ahead of time for a cache of one's own; here others wait.
            yield answer
            return
        self._busy += 1
        if self._busy == 1:
            self._announce()
        try:
            async with (
                self._turn(request),
                self._response(asked) as response,
                contextlib.aclosing(self._events(response, asked.kind)) as answer.events,
            ):
                yield answer
        finally:
            self._busy -= 1
            self._spent += answer.result.usage
            if not self._busy:
                self._announce()

    def _turn(self, request: Request) -> contextlib.AbstractAsyncContextManager[object]:
        return self._ahead if request.priority == Priority.AHEAD else contextlib.nullcontext()

    @asynccontextmanager
    async def _response(self, asked: remote_api.Ask) -> AsyncIterator[httpx.Response]:
        assert self._link is not None  # noqa: S101 - it is ready
        async with contextlib.AsyncExitStack() as stack:
            with self._watched():
                response = await stack.enter_async_context(self._link.response(asked))
            yield response

    async def _events(
        self, response: httpx.Response, kind: remote_api.Kind
    ) -> AsyncGenerator[remote_api.Piece, None]:
        assert self._link is not None  # noqa: S101 - it is ready
        with self._watched(), self._link.mapped():
            async for line in response.aiter_lines():
                found = remote_api.piece(line, kind)
                if found is not None:
                    self._failures = 0
                    self._pause.reset()
                    yield found

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        """Counts what fails; after some in a row the server is left alone for a while, and one
        that wants another key for good.
        """
        try:
            yield
        except RemoteKey as error:
            self._fail(error)
            raise
        except RemoteDown as error:
            self._failures += 1
            if self._failures >= FAILURES:
                self._fail(error)
                self._lost.set()
            raise

    async def close(self) -> None:
        """End all connections; can be called twice."""
        self._closed = True
        self._settled.set()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
            self._keeper = None
        if self._link is not None:
            await self._link.close()
            self._link = None
        self._status = Status("stopped")


def _model(server: remote_api.Server, where: str) -> ModelInfo:
    """What is told of a server's model; `where` is "" for this computer."""
    name = os.path.basename(server.model)  # noqa: PTH119 - llama.cpp's servers give a file's path
    infill = server.infill or server.ollama or server.marks is not None
    return ModelInfo(name, "", context=server.context, infill=infill, server=where)
