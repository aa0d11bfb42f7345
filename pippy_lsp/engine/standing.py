"""What the engines have in common, wherever their model is: how they stand and whom they tell, and
the pause before what has failed is tried again.
"""

from __future__ import annotations

import asyncio
import random

import msgspec

from pippy_lsp.engine.protocol import ModelInfo, Status, StatusListener, Usage
from pippy_lsp.errors import EngineClosed, EngineLoading, EngineTimeout, from_code


class Standing:
    """An engine's status: changed with `_tell`, told to all who listen, waited for with `ready`."""

    def __init__(self) -> None:
        self._status = Status()
        self._listeners: list[StatusListener] = []
        self._settled = asyncio.Event()
        self._closed = False
        self._spent = Usage()

    @property
    def status(self) -> Status:
        """What the engine is doing now."""
        return msgspec.structs.replace(self._status, busy=self._is_busy(), spent=self._spent)

    def _is_busy(self) -> bool:
        """Whether a request is on its way."""
        raise NotImplementedError

    def on_status(self, listener: StatusListener) -> None:
        """Call `listener` at each change."""
        self._listeners.append(listener)

    def _tell(self, status: Status) -> None:
        self._status = status
        if status.phase in ("ready", "failed") or self._closed:
            self._settled.set()
        else:
            self._settled.clear()
        self._announce()

    def _announce(self) -> None:
        for listener in self._listeners:
            listener(self.status)

    async def start(self) -> None:
        """Begin to load; returns at once."""
        raise NotImplementedError

    async def ready(self, timeout: float | None = None) -> ModelInfo:
        """Wait until the model answers (seconds).

        Raises: the error that made the load fail; EngineTimeout; EngineClosed.
        """
        await self.start()
        try:
            await asyncio.wait_for(self._settled.wait(), timeout)
        except (TimeoutError, asyncio.TimeoutError) as error:
            raise EngineTimeout(seconds=timeout or 0) from error
        return self._ready_model()

    def _ready_model(self) -> ModelInfo:
        """The model, if it answers now. Raises: as `ready`; EngineLoading."""
        status = self._status
        if self._closed:
            raise EngineClosed
        if status.phase == "failed":
            raise from_code(status.error, status.details)
        if status.phase != "ready" or status.model is None:
            raise EngineLoading
        return status.model


class BackOff:
    """Seconds before the next try: twice as many each time, until something went well."""

    def __init__(self, first: float, longest: float, spread: float = 0.0) -> None:
        """`spread` is the share by which a pause is drawn longer or shorter, so that those who fail
        together do not come back together.
        """
        self._first, self._longest, self._spread = first, longest, spread
        self._next = first

    async def wait(self) -> None:
        """Let the pause go by."""
        await asyncio.sleep(spread(self._next, self._spread))
        self._next = min(self._next * 2, self._longest)

    def reset(self) -> None:
        """Something went well."""
        self._next = self._first


def spread(seconds: float, share: float) -> float:
    """So many seconds, by chance up to that share more or less."""
    return seconds * random.uniform(1 - share, 1 + share)  # noqa: S311 - no secret
