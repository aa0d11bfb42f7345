"""Work from other threads, done on Tk's: Tk itself may be called from one thread only."""

from __future__ import annotations

import queue
import time
import tkinter as tk
from logging import getLogger
from typing import Callable, List

logger = getLogger(__name__)
QUICK_MS, SLOW_MS = 15, 120
"""How often the queue is looked at: while the child writes, and in the pauses."""
QUICK_SECONDS = 10.0
"""How long after a key an answer may still be on its way."""


class Pump:
    """Looks into the queue again and again."""

    def __init__(self, widget: tk.Misc) -> None:
        self._widget = widget
        self._work: queue.Queue[Callable[[], None]] = queue.Queue()
        self._quick_until = 0.0
        self.each: List[Callable[[], None]] = []
        """Done at each look."""

    def start(self) -> None:
        """Begin, on Tk's thread."""
        self._widget.after(QUICK_MS, self._look)

    def dispatch(self, work: Callable[[], None]) -> None:
        """Do this soon; from any thread."""
        self._work.put(work)

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Do this after a while."""
        self._widget.after(int(seconds * 1000), work)

    def hurry(self) -> None:
        """An answer is awaited."""
        self._quick_until = time.monotonic() + QUICK_SECONDS

    def _look(self) -> None:
        works = list(self.each)
        while True:
            try:
                works.append(self._work.get_nowait())
            except queue.Empty:
                break
        for work in works:
            try:
                work()
            except Exception:
                logger.exception("the helper made a mistake")
        quick = time.monotonic() < self._quick_until
        self._widget.after(QUICK_MS if quick else SLOW_MS, self._look)
