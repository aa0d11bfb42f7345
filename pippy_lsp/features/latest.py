"""Of the requests with one key, only the newest runs."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Latest:
    """Of the requests with one key, only the newest runs: a keystroke makes the last one's moot."""

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Task[Any]] = {}

    async def run(self, key: Hashable, work: Coroutine[Any, Any, T]) -> T | None:
        """The result of `work`; None when a newer request with the same key took its place."""
        task = asyncio.ensure_future(work)
        if before := self._running.get(key):
            before.cancel()
        self._running[key] = task
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            if self._running.get(key) is task:
                del self._running[key]
        return None if task.cancelled() else task.result()
