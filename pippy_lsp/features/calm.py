"""Which line a child is still at: a mistake there is none yet.

Red marks that come and go with each key teach a child to be afraid of typing. So a document's
problems are told after a pause, and those of the line in work after a longer one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Work:
    """What was done last in a document."""

    lines: list[str]
    row: int | None = None
    """The line in work, from 0; None where the child works at none."""
    at: float = 0.0
    """When, on the clock (seconds)."""


class Calm:
    """Follows the edits of all open documents."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._works: dict[str, Work] = {}

    def opened(self, uri: str, text: str) -> None:
        """The document is here, and nobody has typed in it."""
        self._works[uri] = Work(_lines(text), None, float("-inf"))

    def edited(self, uri: str, text: str) -> None:
        """The document is `text` now; the child is where it differs from before."""
        lines, before = _lines(text), self._works.get(uri)
        row = last_difference(before.lines, lines) if before else None
        if before and row is None:
            row = before.row
        self._works[uri] = Work(lines, row, self._clock())

    def saved(self, uri: str) -> None:
        """Who saves wants to run it: no line is in work."""
        if uri in self._works:
            self._works[uri].row = None
            self._works[uri].at = float("-inf")

    def closed(self, uri: str) -> None:
        """Forget the document."""
        self._works.pop(uri, None)

    def quiet(self, uri: str) -> float:
        """Seconds since the last edit; infinite where there was none."""
        work = self._works.get(uri)
        return self._clock() - work.at if work else float("inf")

    def row(self, uri: str) -> int | None:
        """The line in work, from 0."""
        work = self._works.get(uri)
        return work.row if work else None


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def last_difference(old: list[str], new: list[str]) -> int | None:
    """The last line of `new` (from 0) that is not as in `old`; None when all are."""
    if old == new:
        return None
    first = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
    most = min(len(old), len(new)) - min(first, len(new))
    same = 0
    while same < most and old[-1 - same] == new[-1 - same]:
        same += 1
    return max(min(first, len(new) - 1), len(new) - 1 - same)
