"""The server object and `Latest`, without a client."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.workspace import Workspace

from pippy_lsp.engine.protocol import ModelInfo, Status, StatusListener
from pippy_lsp.errors import EngineCrashed, EngineLoading, ModelTruncated, PippyError
from pippy_lsp.features.base import REQUEST_FAILED, PippyServer
from pippy_lsp.features.latest import Latest
from pippy_lsp.settings import CompletionSettings, ModelSettings, Settings
from tests.fakes import FakeEngine

URI = "file:///game.py"


class Engine(FakeEngine):
    """Says what is done with it, and tells its status when the test wants it."""

    def __init__(self, name: str, log: list[str], closing: float = 0.0) -> None:
        super().__init__()
        self.name = name
        self._log = log
        self._closing = closing
        self.listeners: list[StatusListener] = []

    def on_status(self, listener: StatusListener) -> None:
        self.listeners.append(listener)

    async def start(self) -> None:
        self._log.append(f"start {self.name}")

    async def close(self) -> None:
        await asyncio.sleep(self._closing)
        self._log.append(f"close {self.name}")

    async def adapt(self, settings: ModelSettings) -> None:
        self._log.append(f"adapt {self.name} {settings.inline_adapter}")


class Room:
    """A server whose engines are fakes, named as the model."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.engines: list[Engine] = []
        self.said: list[types.ShowMessageParams] = []
        self.closing = 0.0
        self.server = PippyServer(self._engine)
        setattr(self.server, "window_show_message", self.said.append)  # noqa: B010 - a method

    def _engine(self, settings: ModelSettings) -> Engine:
        self.engines.append(Engine(settings.name, self.log, self.closing))
        return self.engines[-1]

    def use(self, model: str) -> None:
        self.server.use(Settings(model=ModelSettings(model)))


@pytest.fixture
def room() -> Iterator[Room]:
    found = Room()
    found.server.protocol._workspace = Workspace(None)
    yield found
    found.server._analysis.shutdown()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


# --- settings and engines ------------------------------------------------------------------


async def test_has_an_engine_from_the_start_and_does_not_start_it(room: Room) -> None:
    await settle()
    assert [engine.name for engine in room.engines] == ["auto"]
    assert room.log == []


async def test_another_model_is_another_engine_after_the_old_one_is_closed(room: Room) -> None:
    room.closing = 0.01
    for name in ("one", "two"):
        room.use(name)
    assert room.server.engine.inner is room.engines[-1]
    await asyncio.gather(*room.server._tasks)
    assert set(room.log) == {"close auto", "close one", "start two"}
    assert room.log.index("close auto") < room.log.index("start two")


async def test_another_adapter_keeps_the_engine(room: Room) -> None:
    room.server.use(Settings(model=ModelSettings(inline_adapter="a.gguf")))
    await settle()
    assert room.log == ["adapt auto a.gguf"]
    assert len(room.engines) == 1


async def test_other_settings_keep_the_engine(room: Room) -> None:
    completer, explainer = room.server.completer, room.server.explainer
    room.server.use(Settings(completion=CompletionSettings(mode="off"), level=4))
    await settle()
    assert len(room.engines) == 1
    assert room.log == []
    assert room.server.settings.completion.mode == "off"
    assert room.server.completer is not completer
    assert room.server.explainer is not explainer


async def test_the_status_goes_to_all_listeners(room: Room) -> None:
    told: list[str] = []
    room.server.status_listeners += [
        lambda status: told.append(f"a {status.phase}"),
        lambda status: told.append(f"b {status.phase}"),
    ]
    room.engines[0].listeners[0](Status("loading"))
    room.use("other")
    room.engines[1].listeners[0](Status("ready", ModelInfo("other", "")))
    await settle()
    assert told == ["a loading", "b loading", "a ready", "b ready"]


# --- documents -----------------------------------------------------------------------------


def put(server: PippyServer, text: str, version: int) -> None:
    server.workspace.put_text_document(types.TextDocumentItem(URI, "python", version, text))


def test_a_snapshot_does_not_change_with_the_document(room: Room) -> None:
    put(room.server, "a = 1", 1)
    snapshot = room.server.snapshot(URI)
    assert room.server.is_current(snapshot)
    put(room.server, "a = 2", 2)
    assert (snapshot.text, snapshot.version) == ("a = 1", 1)
    assert not room.server.is_current(snapshot)


@pytest.mark.parametrize(
    "content",
    [pytest.param(None, id="no-such-file"), pytest.param(b"\xff\xfe\xff", id="not-utf-8")],
)
def test_a_document_that_can_not_be_read_is_empty(
    room: Room, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "x.py"
    if content is not None:
        path.write_bytes(content)
    snapshot = room.server.snapshot(path.as_uri())
    assert (snapshot.text, snapshot.version) == ("", 0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_the_snapshot_knows_the_clients_encoding(room: Room, encoding: str) -> None:
    kind = types.PositionEncodingKind(encoding)
    room.server.protocol._workspace = Workspace(None, position_encoding=kind)
    put(room.server, "é", 1)
    assert room.server.snapshot(URI).encoding == encoding


@pytest.mark.parametrize("uri", ["file:///my%20games/game.py", "file:///my games/game.py"])
def test_the_snapshot_has_the_open_modules_beside_it(room: Room, uri: str) -> None:
    for name, text in {
        uri: "import pets\n",
        "file:///my%20games/pets.py": "FOOD = 1\n",
        "file:///my%20games/notes.txt": "x = 1\n",
        "file:///other/zoo.py": "x = 2\n",
        "untitled:zoo.py": "x = 3\n",
    }.items():
        room.server.workspace.put_text_document(types.TextDocumentItem(name, "python", 1, text))
    assert room.server.snapshot(uri).opened == {"pets": "FOOD = 1\n"}


def test_the_root_is_the_open_folder(room: Room, tmp_path: Path) -> None:
    assert room.server.root is None
    room.server.protocol._workspace = Workspace(tmp_path.as_uri())
    assert room.server.root == tmp_path


# --- work ----------------------------------------------------------------------------------


async def test_analyses_one_after_the_other_beside_the_loop(room: Room) -> None:
    running, most = 0, 0

    def work() -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.001)
        running -= 1
        return most

    assert await asyncio.gather(*(room.server.analyse(work) for _ in range(20))) == [1] * 20


async def test_a_failed_background_task_is_logged_without_its_words(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails() -> None:
        raise ValueError("my secret diary")

    with caplog.at_level(logging.DEBUG):
        await asyncio.wait({room.server.background(fails())})
        await settle()
        room.server.report_server_error(ValueError("my secret diary"), fails)
    assert "ValueError" in caplog.text
    assert "diary" not in caplog.text
    assert not room.server._tasks


async def test_stop_ends_the_work_then_the_engine(room: Room) -> None:
    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            room.log.append("work ended")

    task = room.server.background(work())
    await settle()
    await room.server.stop()
    assert task.cancelled()
    assert room.log == ["work ended", "close auto"]


async def test_stop_closes_an_engine_that_is_just_being_replaced(room: Room) -> None:
    room.engines[0]._closing = 0.02
    room.use("other")
    await settle()
    await room.server.stop()
    assert sorted(room.log) == ["close auto", "close other"]


# --- errors --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "part"),
    [
        pytest.param(EngineLoading(), None, id="loading-is-told-by-the-progress"),
        pytest.param(EngineCrashed(), "stopped by accident", id="crashed"),
        pytest.param(ModelTruncated(path="x.gguf", size=1, expected=2), "1 of 2 bytes", id="cut"),
    ],
)
def test_tells_an_error_in_a_sentence(room: Room, error: PippyError, part: str | None) -> None:
    room.server.tell(error)
    if part is None:
        assert room.said == []
    else:
        (message,) = room.said
        assert message.type is types.MessageType.Warning
        assert part in message.message
    failure = room.server.failure(error)
    assert (failure.code, failure.message) == (REQUEST_FAILED, room.server.messages.error(error))


def test_the_error_of_a_status(room: Room) -> None:
    details: dict[str, str | int | float] = {"path": "x.gguf", "size": 1, "expected": 2}
    error = room.server.error_of(Status("failed", error="model-truncated", details=details))
    assert isinstance(error, ModelTruncated)
    assert error.details == details
    assert room.server.error_of(Status("ready")) is None


# --- Latest --------------------------------------------------------------------------------


class Work:
    """Ends when it is let go; counts how it ended."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.begun = self.ended = self.cancelled = 0

    async def __call__(self, result: str) -> str:
        self.begun += 1
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.ended += 1
        return result


async def test_the_newest_takes_the_place_of_the_one_before() -> None:
    latest, work = Latest(), Work()
    tasks = []
    for number in range(4):
        tasks.append(asyncio.create_task(latest.run("key", work(str(number)))))
        await settle()
    work.go.set()
    assert await asyncio.gather(*tasks) == [None, None, None, "3"]
    assert (work.begun, work.ended, work.cancelled) == (4, 1, 3)


async def test_one_that_had_not_begun_never_does() -> None:
    latest, work = Latest(), Work()
    work.go.set()
    found = await asyncio.gather(*(latest.run("key", work(str(number))) for number in range(3)))
    assert found == [None, None, "2"]
    assert work.begun == 1


async def test_keys_do_not_disturb_each_other() -> None:
    latest, work = Latest(), Work()
    work.go.set()
    found = await asyncio.gather(*(latest.run(key, work(key)) for key in ("a", "b")))
    assert found == ["a", "b"]


async def test_one_after_the_other_both_run() -> None:
    latest, work = Latest(), Work()
    work.go.set()
    assert [await latest.run("key", work(each)) for each in ("a", "b")] == ["a", "b"]
    assert latest._running == {}


async def test_the_editors_cancel_ends_the_work() -> None:
    latest, work = Latest(), Work()
    task = asyncio.create_task(latest.run("key", work("a")))
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await settle()
    assert work.cancelled == 1
    assert latest._running == {}


async def test_a_late_cancel_of_the_old_one_leaves_the_new_one_alone() -> None:
    latest, work = Latest(), Work()
    old = asyncio.create_task(latest.run("key", work("old")))
    await settle()
    new = asyncio.create_task(latest.run("key", work("new")))
    await settle()
    old.cancel()
    work.go.set()
    assert await new == "new"
    assert latest._running == {}


async def test_an_error_is_the_askers() -> None:
    async def fails() -> str:
        raise EngineCrashed

    latest = Latest()
    with pytest.raises(EngineCrashed):
        await latest.run("key", fails())
    assert latest._running == {}
