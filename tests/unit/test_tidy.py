"""Garbage is collected in pauses."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from pippy_lsp.features import tidy
from pippy_lsp.features.tidy import EVERY_SECONDS, Tidy

MANY = 500_000


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Notes each full collection; none is made."""
    made: list[str] = []
    monkeypatch.setattr(tidy, "PAUSE_SECONDS", 0.2)
    monkeypatch.setattr(gc, "collect", lambda: made.append("collected"))
    before = gc.get_threshold()
    yield made
    gc.set_threshold(*before)
    gc.unfreeze()


async def test_a_pause_collects_once_in_a_while(full: list[str]) -> None:
    clock = Clock()
    found = Tidy(clock)
    found.begin()
    assert len(full) == 1
    for later, expected in ((EVERY_SECONDS / 2, 1), (EVERY_SECONDS / 2, 2), (1.0, 2)):
        clock.now += later
        found.touched()
        await asyncio.sleep(0.4)
        assert len(full) == expected


async def test_not_while_requests_come(full: list[str]) -> None:
    clock = Clock()
    found = Tidy(clock)
    found.begin()
    clock.now += EVERY_SECONDS
    for _ in range(5):
        found.touched()
        await asyncio.sleep(0.001)
        assert len(full) == 1
    found.end()
    await asyncio.sleep(0.4)
    assert len(full) == 1


async def test_nothing_before_it_begins(full: list[str]) -> None:
    Tidy().touched()
    await asyncio.sleep(0.4)
    assert full == []


async def test_what_is_put_aside_is_looked_at_again() -> None:
    """A ring that lived through one collection and died later is found by the next."""

    class Ring:
        """Refers to itself."""

        ring: Ring

    gone: list[int] = []
    found, before = Tidy(), gc.get_threshold()
    one = Ring()
    one.ring = one
    found.begin()
    try:
        weak = weakref.finalize(one, gone.append, 1)
        del one
        gc.collect()
        assert weak.alive
        found.begin()
        assert gone == [1]
    finally:
        found.end()
        gc.set_threshold(*before)
        gc.unfreeze()


def test_garbage_is_bounded_without_a_pause() -> None:
    """What refers to itself is found although nobody waits for a collection."""
    alive = most = 0

    class Ring:
        def __init__(self) -> None:
            nonlocal alive
            self.ring = self
            alive += 1

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    found, before = Tidy(), gc.get_threshold()
    found.begin()
    try:
        for _ in range(MANY):
            Ring()
            most = max(most, alive)
        assert most < MANY / 2
    finally:
        found.end()
        gc.set_threshold(*before)
        gc.unfreeze()
