"""Work that is shared by those who wait for it."""

from __future__ import annotations

import asyncio

import pytest

from pippy_lsp.agents.sharing import Shared


class Work:
    """Counts how often it was begun, ended and cancelled."""

    def __init__(self, error: Exception | None = None) -> None:
        self.begun = self.ended = self.cancelled = 0
        self._error = error

    async def __call__(self) -> str:
        self.begun += 1
        try:
            await asyncio.sleep(0.03)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self._error:
            raise self._error
        self.ended += 1
        return "done"


async def test_runs_once_for_all_who_wait() -> None:
    shared, work = Shared[str](), Work()
    found = await asyncio.gather(*(shared.run("key", work) for _ in range(3)))
    assert found == ["done"] * 3
    assert work.begun == 1


async def test_keys_are_apart_and_forgotten_at_the_end() -> None:
    shared, work = Shared[str](), Work()
    await asyncio.gather(shared.run("one", work), shared.run("two", work))
    await shared.run("one", work)
    assert work.begun == 3


async def test_goes_on_while_one_waits_and_ends_with_the_last() -> None:
    shared, work = Shared[str](), Work()
    one, two = (asyncio.ensure_future(shared.run("key", work)) for _ in range(2))
    await asyncio.sleep(0.005)
    one.cancel()
    assert await two == "done"
    three = asyncio.ensure_future(shared.run("key", work))
    await asyncio.sleep(0.005)
    three.cancel()
    await asyncio.wait({three})
    await asyncio.sleep(0)
    assert (work.begun, work.ended, work.cancelled) == (2, 1, 1)


async def test_an_error_reaches_all() -> None:
    shared, work = Shared[str](), Work(ValueError("no"))
    tasks = [asyncio.ensure_future(shared.run("key", work)) for _ in range(2)]
    for task in tasks:
        with pytest.raises(ValueError, match="no"):
            await task
