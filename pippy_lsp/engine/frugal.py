"""An engine that is asked for nothing ahead of time while power or the processor is short."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from pippy_lsp.engine.protocol import (
    Engine,
    ModelInfo,
    Priority,
    Request,
    Status,
    StatusListener,
    Stream,
)
from pippy_lsp.errors import EngineSpared


class Frugal:
    """The engine `inner`; what nobody waits for is refused while `sparing` says so."""

    def __init__(self, inner: Engine, sparing: Callable[[], bool]) -> None:
        self._inner = inner
        self._sparing = sparing

    @property
    def status(self) -> Status:
        """What it is doing now."""
        return self._inner.status

    def on_status(self, listener: StatusListener) -> None:
        """Call `listener` at each change of the status."""
        self._inner.on_status(listener)

    async def start(self) -> None:
        """Begin to load."""
        await self._inner.start()

    async def ready(self, timeout: float | None = None) -> ModelInfo:
        """Wait until the model answers (seconds). Raises: as the engine's own."""
        return await self._inner.ready(timeout)

    async def close(self) -> None:
        """Stop the engine."""
        await self._inner.close()

    def generate(self, request: Request) -> AbstractAsyncContextManager[Stream]:
        """Stream the answer. Raises: EngineSpared; as the engine's own."""
        if request.priority == Priority.AHEAD and self._sparing():
            raise EngineSpared
        return self._inner.generate(request)
