"""A scriptable engine for unit tests; end-to-end tests use real models."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from pippy_lsp.engine.protocol import (
    Finish,
    ModelInfo,
    Request,
    Result,
    Status,
    StatusListener,
    Usage,
)
from pippy_lsp.errors import PippyError

Script = Callable[[Request], str | PippyError]


class FakeStream:
    """Streams a text word by word."""

    def __init__(self, text: str, delay: float, least: float = 1.0) -> None:
        self._pieces = re.findall(r"\s+|\w+|[^\w\s]", text)
        self._delay = delay
        self._least = least
        self.seen = ""
        self.ended = False

    @property
    def result(self) -> Result:
        finish: Finish = "stop" if self.ended else "cancelled"
        return Result(self.seen, finish, Usage(generated=len(self._pieces)), self._least)

    async def __aiter__(self) -> AsyncIterator[str]:
        for piece in self._pieces:
            await asyncio.sleep(self._delay)
            self.seen += piece
            yield piece
        self.ended = True


class FakeEngine:
    """Answers with what `script` says; keeps the requests it was asked."""

    def __init__(
        self, script: Script | str = "", *, delay: float = 0.0, least: float = 1.0
    ) -> None:
        self._script: Script = script if callable(script) else lambda _: script
        self._delay = delay
        self._least = least
        """The probability that its likeliest answers tell; 1 for no doubt."""
        self.requests: list[Request] = []
        self.streams: list[FakeStream] = []
        self.status = Status("ready", ModelInfo("fake", "/fake.gguf", context=4096, infill=True))

    def on_status(self, listener: StatusListener) -> None:
        listener(self.status)

    async def start(self) -> None:
        return None

    async def ready(self, timeout: float | None = None) -> ModelInfo:
        assert self.status.model is not None
        return self.status.model

    @asynccontextmanager
    async def generate(self, request: Request) -> AsyncIterator[FakeStream]:
        self.requests.append(request)
        answer = self._script(request)
        if isinstance(answer, PippyError):
            raise answer
        stream = FakeStream(answer, self._delay, self._least)
        self.streams.append(stream)
        yield stream

    async def close(self) -> None:
        return None
