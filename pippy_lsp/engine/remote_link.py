"""The HTTP connection to a server; what httpx raises ends here. Nothing of a text is kept."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from pippy_lsp import address
from pippy_lsp.engine import remote_api
from pippy_lsp.engine.remote_access import Key, api_key, permitted
from pippy_lsp.engine.standing import spread
from pippy_lsp.errors import EngineError, MissingPackage, RemoteDown, RemoteKey
from pippy_lsp.settings import ModelSettings

if TYPE_CHECKING:
    import httpx

TRIES = 3
FIRST_WAIT, LONGEST_WAIT = 0.25, 4.0
"""Seconds before a request is sent again."""
SPREAD = 0.2
"""Share by which waits differ: a class does not come back all at once."""
_SECONDS = {"connect": 5.0, "read": 60.0, "write": 10.0, "pool": 60.0}
_BUSY = {429, 502, 503, 504}
_KEY_MISSING, _KEY_WRONG = 401, {401, 403}
_UNREADABLE = (ValueError, KeyError, IndexError, TypeError, AttributeError)
"""What it takes to read an answer of another shape than the API promises."""


class Link:
    """One server that the settings name and somebody has allowed."""

    def __init__(self, settings: ModelSettings) -> None:
        """Raises: RemoteAddress, RemoteForbidden, RemotePlain."""
        self.place = permitted(settings)
        self._server = settings.server
        self._http: httpx.AsyncClient | None = None
        self._key = Key()

    async def open(self) -> None:
        """Be ready to ask; nothing is sent. Raises: MissingPackage."""
        if self._http is None:
            self._key = await asyncio.to_thread(api_key, self.place.host)
            self._http = await asyncio.to_thread(_client, self.place, self._key.text)

    async def close(self) -> None:
        """End all connections; can be called twice."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    @property
    def _client(self) -> httpx.AsyncClient:
        assert self._http is not None  # noqa: S101 - it was opened
        return self._http

    async def get(self, path: str, *, needed: bool = True) -> object:
        """What the server has there; None where it need not have it.

        Raises: RemoteDown, RemoteKey.
        """
        with self.mapped():
            response = await self._client.get(path)
            if response.status_code in (_KEY_WRONG if needed else {_KEY_MISSING}):
                raise self._refused()
            if response.is_success and (needed or _is_json(response)):
                found: object = response.json()
                return found
        if needed:
            raise self._down(f"HTTP {response.status_code}")
        return None

    async def infills(self) -> bool:
        """Whether llama.cpp's server has a model with the marks of infill. Raises: RemoteDown."""
        empty = {"input_prefix": "", "input_suffix": "", "prompt": "", "n_predict": 0}
        with self.mapped():
            return (await self._client.post("/infill", json=empty)).is_success

    @asynccontextmanager
    async def response(self, asked: remote_api.Ask) -> AsyncIterator[httpx.Response]:
        """The start of an answer; a server that is busy is asked again.

        Raises: RemoteDown, RemoteKey; EngineError where the request is at fault.
        """
        for attempt in range(TRIES):
            last = attempt == TRIES - 1
            async with contextlib.AsyncExitStack() as stack:
                with self.mapped():
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
        """Why it is worth to ask again; "" where it answers.

        Raises: RemoteKey, RemoteDown, EngineError.
        """
        if response.is_success:
            return ""
        if response.status_code in _KEY_WRONG:
            raise self._refused()
        if response.status_code in _BUSY:
            return f"HTTP {response.status_code}"
        if response.is_client_error:
            raise EngineError  # the request is at fault: it may be too long
        raise self._down(f"HTTP {response.status_code}")

    def _refused(self) -> RemoteKey:
        return self._key.missing(server=self._server, host=self.place.host)

    def _down(self, problem: str) -> RemoteDown:
        return RemoteDown(server=self._server, problem=problem)

    @contextlib.contextmanager
    def mapped(self) -> Iterator[None]:
        """Maps what httpx raises, and what is wrong in an answer. Raises: RemoteDown."""
        import httpx  # noqa: PLC0415 - an extra

        try:
            yield
        except (httpx.HTTPError, httpx.InvalidURL, *_UNREADABLE) as error:
            raise self._down(type(error).__name__) from error


def _client(place: address.Address, key: str) -> httpx.AsyncClient:
    """Raises: MissingPackage."""
    try:
        import httpx  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingPackage(package="httpx") from error
    return httpx.AsyncClient(
        base_url=place.url,
        headers={"Authorization": f"Bearer {key}"} if key else {},
        timeout=httpx.Timeout(**_SECONDS),
        # A proxy of the environment is not for this computer itself.
        trust_env=not place.here,
        # Elsewhere than to the permitted address nothing is sent.
        follow_redirects=False,
    )


def _is_json(response: httpx.Response) -> bool:
    return "json" in response.headers.get("Content-Type", "")


def _broken() -> tuple[type[Exception], ...]:
    import httpx  # noqa: PLC0415 - an extra

    return (httpx.TransportError,)


def _wait(attempt: int, response: httpx.Response | None) -> float:
    """Seconds before the next try: as the server asks, or longer each time, never all at once."""
    told = response.headers.get("Retry-After", "") if response is not None else ""
    seconds = float(told) if told.isdecimal() else FIRST_WAIT * 2**attempt
    return spread(min(seconds, LONGEST_WAIT), SPREAD)
