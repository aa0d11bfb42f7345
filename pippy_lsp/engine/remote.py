"""An `Engine` whose model is on a server: a classroom's, or another program on this computer.

What the child writes leaves the computer then, so the address, the way and the permission are
looked at before the first byte is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from pippy_lsp import address
from pippy_lsp.engine import remote_api
from pippy_lsp.engine.protocol import (
    ModelInfo,
    Priority,
    Request,
    Status,
    StatusListener,
    Usage,
)
from pippy_lsp.engine.remote_access import api_key, permitted
from pippy_lsp.engine.remote_answer import Answer
from pippy_lsp.errors import (
    EngineClosed,
    EngineError,
    EngineLoading,
    EngineTimeout,
    MissingPackage,
    PippyError,
    RemoteDown,
    RemoteKey,
    RemoteModel,
    from_code,
)
from pippy_lsp.settings import ModelSettings

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)
TRIES = 3
FIRST_WAIT, LONGEST_WAIT = 0.25, 4.0
"""Seconds before a request is sent again."""
FAILURES = 3
"""After so many failed requests in a row the server counts as down."""
FIRST_PAUSE, LONGEST_PAUSE = 3.0, 120.0
"""Seconds before a server that is down is tried again."""
_SECONDS = {"connect": 5.0, "read": 60.0, "write": 10.0, "pool": 60.0}
_BUSY = {429, 502, 503, 504}
_KEY_MISSING, _KEY_WRONG = 401, {401, 403}
_UNREADABLE = (ValueError, KeyError, IndexError, TypeError, AttributeError)
"""What it takes to read an answer of another shape than the API promises."""


class RemoteEngine:
    """An `Engine` over HTTP. Leaving an answer's context closes its connection, by which the
    server learns that nobody wants it any more.
    """

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._status = Status()
        self._listeners: list[StatusListener] = []
        self._settled = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._client: httpx.AsyncClient | None = None
        self._server: remote_api.Server | None = None
        self._ahead = asyncio.Semaphore(1)
        """What nobody waits for is asked one at a time: the others in the class want the server."""
        self._busy = 0
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._closed = False
        self._spent = Usage()
        self._lost = asyncio.Event()
        """Set when the server has to be tried again."""

    # --- status ----------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """What the engine is doing now."""
        return msgspec.structs.replace(self._status, busy=self._busy > 0, spent=self._spent)

    def on_status(self, listener: StatusListener) -> None:
        """Call `listener` at each change."""
        self._listeners.append(listener)

    def _tell(self, status: Status) -> None:
        self._status = status
        if status.phase in ("ready", "failed"):
            self._settled.set()
        self._announce()

    def _announce(self) -> None:
        for listener in self._listeners:
            listener(self.status)

    # --- the connection --------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to look for the server; returns at once."""
        if self._keeper is None and not self._closed:
            self._tell(Status("loading"))
            self._keeper = asyncio.create_task(self._keep())

    async def ready(self, timeout: float | None = None) -> ModelInfo:
        """Wait until the server answers (seconds)."""
        await self.start()
        try:
            await asyncio.wait_for(self._settled.wait(), timeout)
        except (TimeoutError, asyncio.TimeoutError) as error:
            raise EngineTimeout(seconds=timeout or 0) from error
        return self._ready_model()

    def _ready_model(self) -> ModelInfo:
        status = self._status
        if self._closed:
            raise EngineClosed
        if status.phase == "failed":
            raise from_code(status.error, status.details)
        if status.phase != "ready" or status.model is None:
            raise EngineLoading
        return status.model

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
            await asyncio.sleep(self._pause * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
            self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _fail(self, error: PippyError) -> None:
        log.warning("the server can't be used: %s", error.code)
        self._tell(Status("failed", error=error.code, details=error.details))

    async def _connect(self) -> None:
        """Ask the server what it has. Raises: RemoteError, MissingPackage."""
        place = permitted(self._settings)
        if self._client is None:
            self._client = await asyncio.to_thread(self._open, place)
        listed = remote_api.models_of(await self._get("/v1/models"))
        wanted = self._settings.server_model or next(iter(listed), "")
        if not wanted or (listed and wanted not in listed):
            raise RemoteModel(server=place.url, name=wanted, known=", ".join(listed))
        props = await self._get("/props", needed=False)
        version = None if props else await self._get("/api/version", needed=False)
        server = remote_api.server_of(wanted, listed.get(wanted, {}), props, version)
        if server.llama_cpp:
            server = msgspec.structs.replace(server, infill=await self._infills())
        self._server, self._failures = server, 0
        name = os.path.basename(wanted)  # noqa: PTH119 - llama.cpp's servers give a file's path
        where = "" if place.here else place.url
        infill = server.infill or server.ollama or server.marks is not None
        self._tell(
            Status(
                "ready", ModelInfo(name, "", context=server.context, infill=infill, server=where)
            )
        )

    def _open(self, place: address.Address) -> httpx.AsyncClient:
        """Raises: MissingPackage."""
        try:
            import httpx  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingPackage(package="httpx") from error
        key = api_key(place.host)
        return httpx.AsyncClient(
            base_url=place.url,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(**_SECONDS),
            # A proxy of the environment is not for this computer itself.
            trust_env=not place.here,
            # Elsewhere than to the permitted address nothing is sent.
            follow_redirects=False,
        )

    async def _get(self, path: str, *, needed: bool = True) -> object:
        """What the server has there; None where it need not have it.

        Raises: RemoteDown, RemoteKey.
        """
        assert self._client is not None  # noqa: S101 - it was opened
        with self._mapped():
            response = await self._client.get(path)
            if response.status_code in (_KEY_WRONG if needed else {_KEY_MISSING}):
                raise RemoteKey(server=self._settings.server)
            if response.is_success and (needed or _is_json(response)):
                return response.json()
        if needed:
            raise self._down(f"HTTP {response.status_code}")
        return None

    async def _infills(self) -> bool:
        """Whether llama.cpp's server has a model with the marks of infill."""
        assert self._client is not None  # noqa: S101 - it was opened
        empty = {"input_prefix": "", "input_suffix": "", "prompt": "", "n_predict": 0}
        with self._mapped():
            return (await self._client.post("/infill", json=empty)).is_success

    def _down(self, problem: str) -> RemoteDown:
        return RemoteDown(server=self._settings.server, problem=problem)

    @contextlib.contextmanager
    def _mapped(self) -> Iterator[None]:
        """Maps what httpx raises, and what is wrong in an answer. Nothing of a text is kept."""
        import httpx  # noqa: PLC0415 - an extra

        try:
            yield
        except (httpx.HTTPError, httpx.InvalidURL, *_UNREADABLE) as error:
            raise self._down(type(error).__name__) from error

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

    async def _events(
        self, response: httpx.Response, kind: remote_api.Kind
    ) -> AsyncGenerator[remote_api.Piece, None]:
        with self._watched():
            async for line in response.aiter_lines():
                found = remote_api.piece(line, kind)
                if found is not None:
                    self._failures, self._pause = 0, FIRST_PAUSE
                    yield found

    @asynccontextmanager
    async def _response(self, asked: remote_api.Ask) -> AsyncIterator[httpx.Response]:
        """The start of an answer; a server that is busy is asked again.

        Raises: RemoteDown, RemoteKey.
        """
        assert self._client is not None  # noqa: S101 - it is ready
        for attempt in range(TRIES):
            last = attempt == TRIES - 1
            async with contextlib.AsyncExitStack() as stack:
                with self._watched():
                    streamed = self._client.stream("POST", asked.path, json=asked.body)
                    try:
                        response = await stack.enter_async_context(streamed)
                        problem = self._problem(response)
                    except _broken() as error:
                        if last:
                            raise
                        response, problem = None, type(error).__name__
                    if problem and last:
                        raise self._down(problem)
                if response is not None and not problem:
                    yield response
                    return
            await asyncio.sleep(_wait(attempt, response))

    def _problem(self, response: httpx.Response) -> str:
        """Why it is worth to ask again; "" where it answers. Raises: RemoteKey, RemoteDown."""
        if response.is_success:
            return ""
        if response.status_code in _KEY_WRONG:
            self._fail(error := RemoteKey(server=self._settings.server))
            raise error
        if response.status_code in _BUSY:
            return f"HTTP {response.status_code}"
        if response.is_client_error:
            raise EngineError  # the request is at fault: it may be too long
        raise self._down(f"HTTP {response.status_code}")

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        """Counts what fails; after some in a row the server is left alone for a while."""
        try:
            with self._mapped():
                yield
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
        if self._client is not None:
            await self._client.aclose()
            self._client = None
        self._status = Status("stopped")


def _is_json(response: httpx.Response) -> bool:
    return "json" in response.headers.get("Content-Type", "")


def _broken() -> tuple[type[Exception], ...]:
    import httpx  # noqa: PLC0415 - an extra

    return (httpx.TransportError,)


def _wait(attempt: int, response: httpx.Response | None) -> float:
    """Seconds before the next try: as the server asks, or longer each time, never all at once."""
    told = response.headers.get("Retry-After", "") if response is not None else ""
    seconds = float(told) if told.isdecimal() else FIRST_WAIT * 2**attempt
    return min(seconds, LONGEST_WAIT) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
