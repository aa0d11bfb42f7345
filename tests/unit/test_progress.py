"""A progress around work: begun, kept alive, ended, and cancelled by the client."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import Any

import pytest
from lsprotocol import types

from pippy_lsp.features import execute_command
from pippy_lsp.features.base import PippyServer
from pippy_lsp.features.client import Client
from pippy_lsp.features.execute_command import progress
from tests.fakes import FakeEngine


class Shown:
    """Keeps what pygls would send."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.tokens: dict[str | int, Future[Any]] = {}
        self.sent: list[tuple[str | int, Any]] = []
        self._refusal = refusal
        self.begun, self.reported = asyncio.Event(), asyncio.Event()

    async def create_async(self, token: str) -> None:
        if self._refusal:
            raise self._refusal
        self.tokens[token] = Future()

    def begin(self, token: str | int, value: types.WorkDoneProgressBegin) -> None:
        self.tokens.setdefault(token, Future())
        self.sent.append((token, value))
        self.begun.set()

    def report(self, token: str | int, value: types.WorkDoneProgressReport) -> None:
        self.sent.append((token, value))
        self.reported.set()

    def end(self, token: str | int, value: types.WorkDoneProgressEnd) -> None:
        self.sent.append((token, value))


class Room(PippyServer):
    """A server that sends its progress to `Shown`."""

    def __init__(self, shown: Shown, able: bool = True) -> None:
        super().__init__(lambda _: FakeEngine())
        self._shown = shown
        window = types.WindowClientCapabilities(work_done_progress=able)
        self.client = Client(types.ClientCapabilities(window=window))

    @property
    def work_done_progress(self) -> Any:
        return self._shown


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute_command, "REPORT_SECONDS", 0.001)


@pytest.mark.parametrize("token", [None, "mine", 7], ids=["asked-for", "text", "number"])
async def test_it_begins_tells_and_ends(token: str | int | None) -> None:
    shown = Shown()
    async with progress(Room(shown), "Thinking", token):
        await shown.reported.wait()
    tokens = {each for each, _ in shown.sent}
    assert len(tokens) == 1
    assert token is None or tokens == {token}
    begin, *reports, end = [value for _, value in shown.sent]
    assert begin == types.WorkDoneProgressBegin("Thinking", cancellable=True)
    assert all(isinstance(each, types.WorkDoneProgressReport) for each in reports)
    assert reports[0].message == "0 s"
    assert isinstance(end, types.WorkDoneProgressEnd)
    assert shown.tokens == {}
    count = len(shown.sent)
    await asyncio.sleep(0.01)
    assert len(shown.sent) == count, "nothing is told after the end"


@pytest.mark.parametrize(
    ("shown", "able", "token"),
    [
        pytest.param(Shown(), False, None, id="the client can't"),
        pytest.param(Shown(ValueError("no")), True, None, id="the client refuses"),
        pytest.param(Shown(), True, 0, id="the request has no token"),
    ],
)
async def test_without_one_the_work_is_done(shown: Shown, able: bool, token: int | None) -> None:
    done = False
    async with progress(Room(shown, able), "Thinking", token):
        done = True
    assert done
    assert shown.sent == []


async def test_the_clients_cancel_ends_the_work() -> None:
    shown, ended = Shown(), asyncio.Event()

    async def work() -> None:
        async with progress(Room(shown), "Thinking", "mine"):
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()

    task = asyncio.ensure_future(work())
    await shown.begun.wait()
    await asyncio.sleep(0.01)
    shown.tokens["mine"].cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
    assert isinstance(shown.sent[-1][1], types.WorkDoneProgressEnd)
