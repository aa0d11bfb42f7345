"""When garbage is collected: while nobody waits.

jedi keeps a great many objects that refer to each other, and a full collection looks at all of
them: 200 milliseconds, in the middle of a word. So what lasts is put aside (`gc.freeze`), full
collections are left to the pauses, and the quick ones go on as ever. Who never pauses has one that
looks only at what came since, before that is much.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable

PAUSE_SECONDS = 2.0
"""Without a request: the child reads, or thinks."""
EVERY_SECONDS = 60.0
"""A full collection is made at most so often."""
_SELDOM = 20
"""Collections of the middle generation before Python makes a full one by itself."""


class Tidy:
    """Collects in pauses; before `begin` it does nothing."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: asyncio.TimerHandle | None = None
        self._latest: float | None = None

    def begin(self) -> None:
        """From now on full collections are ours to make."""
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, _SELDOM)
        self._collect()

    def touched(self) -> None:
        """A request came: wait for the next pause."""
        if self._latest is None:
            return
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._pause)

    def end(self) -> None:
        """No collection is made any more."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._latest = None

    def _pause(self) -> None:
        if self._latest is not None and self._clock() - self._latest >= EVERY_SECONDS:
            self._collect()

    def _collect(self) -> None:
        # what was put aside may have become garbage: it is looked at again
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._latest = self._clock()
