"""The server's side of the worker, with a worker process that has no model."""

from __future__ import annotations

import asyncio
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from pippy_lsp import prompts
from pippy_lsp.engine import client, wire
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.protocol import Infill, ModelInfo, Request, Result, Status, complete
from pippy_lsp.errors import (
    EngineClosed,
    EngineCrashed,
    EngineError,
    EngineLoading,
    EngineTimeout,
    ModelFailed,
    ModelTruncated,
    PippyError,
    PromptTooLong,
)
from pippy_lsp.settings import ModelSettings
from tests.unit import made_worker

SECONDS = 20.0
MADE = str(Path(made_worker.__file__))
sleep = asyncio.sleep
"""The real one: the engine's is watched."""


class Room:
    """Engines with made workers, and what they leave behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.engines: list[LlamaEngine] = []
        self.seen: list[Status] = []
        self.pauses: list[float] = []

    def engine(self, plan: str = "ready", locate: client.Locate | None = None) -> LlamaEngine:
        (self.folder / "plan").write_text(plan)
        made = LlamaEngine(ModelSettings(), locate or self.locate)
        made.on_status(self.seen.append)
        self.engines.append(made)
        return made

    def locate(self, _: ModelSettings) -> wire.Load:
        return wire.Load("made", str(self.folder), 100, 1)

    @property
    def starts(self) -> list[int]:
        """The process ids of the workers up to now."""
        path = self.folder / "starts"
        return [int(each) for each in path.read_text().split()] if path.exists() else []

    @property
    def phases(self) -> list[str]:
        """The phases that were told, each once in a row."""
        told = [status.phase for status in self.seen]
        return [phase for at, phase in enumerate(told) if at == 0 or told[at - 1] != phase]

    def left(self) -> list[str]:
        """What should not be there any more: workers and folders."""
        alive = [str(pid) for pid in self.starts if psutil.pid_exists(pid)]
        return alive + [path.name for path in self.temporary.iterdir()]


@pytest_asyncio.fixture
async def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    found = Room(tmp_path)
    begin = asyncio.create_subprocess_exec

    async def begin_made(program: str, *arguments: str, **options: Any) -> Process:
        assert arguments[:2] == ("-m", "pippy_lsp.engine.worker")
        return await begin(program, MADE, *arguments[2:], **options)

    async def watched(delay: float) -> None:
        if delay:
            found.pauses.append(delay)
        await sleep(0)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", begin_made)
    monkeypatch.setattr(asyncio, "sleep", watched)
    monkeypatch.setattr(tempfile, "tempdir", str(found.temporary))
    yield found
    await asyncio.gather(*(engine.close() for engine in found.engines))
    assert found.left() == []


def asking(text: str) -> Request:
    return Request(Infill(text))


async def ask(engine: LlamaEngine, text: str) -> Result:
    return await asyncio.wait_for(complete(engine, asking(text)), SECONDS)


async def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end
        await sleep(0.005)


def kill(engine: LlamaEngine) -> None:
    assert engine.pid is not None
    psutil.Process(engine.pid).kill()


# --- one worker ----------------------------------------------------------------------------


async def test_answers(room: Room) -> None:
    engine = room.engine()
    assert await engine.ready(SECONDS) == ModelInfo("made", str(room.folder), context=100)
    assert await ask(engine, "say a b c") == Result("abc", "stop", made_worker.USAGE)
    assert engine.status.spent.generated == 1


async def test_tells_each_status_in_order(room: Room) -> None:
    engine = room.engine()
    await engine.ready(SECONDS)
    await ask(engine, "say a")
    told = [(status.phase, status.progress, status.busy) for status in room.seen]
    assert told == [
        ("loading", 0.0, False),
        ("loading", 0.5, False),
        ("ready", 1.0, False),
        ("ready", 1.0, True),
        ("ready", 1.0, False),
    ]


async def test_does_not_wait_for_a_model_that_loads(room: Room) -> None:
    engine = room.engine("wait")
    await engine.start()
    with pytest.raises(EngineLoading):
        await ask(engine, "say a")
    with pytest.raises(EngineTimeout) as caught:
        await engine.ready(0.01)
    assert caught.value.details == {"seconds": 0.01}
    (room.folder / "go").touch()
    await engine.ready(SECONDS)
    assert (await ask(engine, "say a")).text == "a"


async def test_start_twice_starts_one_worker(room: Room) -> None:
    engine = room.engine()
    await asyncio.gather(engine.start(), engine.start(), engine.ready(SECONDS))
    assert len(room.starts) == 1


async def test_an_error_of_the_request_is_the_askers_alone(room: Room) -> None:
    engine = room.engine()
    await engine.ready(SECONDS)
    with pytest.raises(PromptTooLong) as caught:
        await ask(engine, "fail engine-prompt-too-long")
    assert "9 pieces" in prompts.messages().error(caught.value)
    assert (await ask(engine, "say a")).text == "a"
    assert len(room.starts) == 1


@pytest.mark.parametrize("plan", ["flood", "ready"], ids=["while-loading", "while-answering"])
async def test_a_flood_on_stderr_blocks_nothing(room: Room, plan: str) -> None:
    engine = room.engine(plan)
    await engine.ready(SECONDS)
    assert (await ask(engine, "flood a")).text == "a"
    assert (await ask(engine, "flood b")).text == "b"


async def test_leaving_the_context_cancels(room: Room) -> None:
    engine = room.engine()
    await engine.ready(SECONDS)
    async with engine.generate(asking("wait")) as stream:
        await sleep(0.01)
    assert engine.status.busy
    await until(lambda: not engine.status.busy)
    assert stream.result.finish == "cancelled"
    assert (await ask(engine, "say a")).text == "a"


async def test_a_cancelled_task_cancels(room: Room) -> None:
    engine = room.engine()
    await engine.ready(SECONDS)
    task = asyncio.create_task(complete(engine, asking("wait")))
    await until(lambda: engine.status.busy)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not engine.status.busy)


async def test_more_requests_than_slots(room: Room) -> None:
    engine = room.engine()
    await engine.ready(SECONDS)
    tasks = [asyncio.create_task(complete(engine, asking("wait"))) for _ in range(wire.Board.SLOTS)]
    await sleep(0.01)
    with pytest.raises(EngineError):
        await ask(engine, "say a")
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await until(lambda: not engine.status.busy)
    assert (await ask(engine, "say a")).text == "a"


async def test_half_a_character_is_refused_and_takes_no_slot(room: Room) -> None:
    """An editor may send half of an emoji, which no pipe can carry."""
    engine = room.engine()
    await engine.ready(SECONDS)
    for _ in range(wire.Board.SLOTS + 1):
        with pytest.raises(EngineError):
            await ask(engine, "say \ud83d")
    assert not engine.status.busy
    assert (await ask(engine, "say a")).text == "a"


# --- models that can't be used -------------------------------------------------------------


def _truncated(_: ModelSettings) -> wire.Load:
    raise ModelTruncated(path="x.gguf", size=1, expected=2)


def _gone(_: ModelSettings) -> wire.Load:
    raise FileNotFoundError("no such file")


@pytest.mark.parametrize(
    ("locate", "plan", "error", "starts", "sentence"),
    [
        pytest.param(_truncated, "", ModelTruncated, 0, "(1 of 2 bytes)", id="refused-at-once"),
        pytest.param(_gone, "", ModelFailed, 0, "no such file", id="the-file-vanished"),
        pytest.param(None, "refuse", ModelFailed, 1, '"made"', id="refused-by-llama-cpp"),
        pytest.param(None, "crash", ModelFailed, 2, '"made"', id="crashes-twice-in-the-load"),
    ],
)
async def test_a_model_that_can_not_be_used(
    room: Room,
    locate: client.Locate | None,
    plan: str,
    error: type[PippyError],
    starts: int,
    sentence: str,
) -> None:
    engine = room.engine(plan, locate)
    with pytest.raises(error) as caught:
        await engine.ready(SECONDS)
    assert sentence in prompts.messages().error(caught.value)
    assert (room.seen[-1].phase, room.seen[-1].error) == ("failed", error.code)
    await sleep(0.1)
    with pytest.raises(error):
        await ask(engine, "say a")
    with pytest.raises(error):
        await engine.ready(SECONDS)
    assert len(room.starts) == starts
    assert engine.pid is None


async def test_one_crash_in_the_load_is_forgiven(room: Room) -> None:
    engine = room.engine("crash ready")
    await engine.ready(SECONDS)
    assert (await ask(engine, "say a")).text == "a"
    assert len(room.starts) == 2
    assert room.phases == ["loading", "ready"]


async def test_crashes_in_two_loads_with_a_success_between_are_forgiven(room: Room) -> None:
    engine = room.engine("crash ready crash ready")
    await engine.ready(SECONDS)
    kill(engine)
    await until(lambda: engine.status.phase == "loading")
    await engine.ready(SECONDS)
    assert len(room.starts) == 4


# --- a worker that dies --------------------------------------------------------------------


async def test_killed_while_idle(room: Room) -> None:
    engine = room.engine()
    await engine.ready(SECONDS)
    first = engine.pid
    kill(engine)
    await until(lambda: engine.status.phase == "loading")
    await engine.ready(SECONDS)
    assert engine.pid != first
    assert (await ask(engine, "say a")).text == "a"
    assert room.phases == ["loading", "ready", "loading", "ready"]


@pytest.mark.parametrize("text", ["crash", "half a", "garbage", "stranger a"])
async def test_dies_while_it_answers(room: Room, text: str) -> None:
    engine = room.engine()
    await engine.ready(SECONDS)
    with pytest.raises(EngineCrashed):
        await ask(engine, text)
    await until(lambda: len(room.starts) == 2)
    await engine.ready(SECONDS)
    assert not engine.status.busy
    assert (await ask(engine, "say a")).text == "a"


async def test_all_who_wait_are_told_of_the_crash(room: Room) -> None:
    engine = room.engine()
    await engine.ready(SECONDS)
    tasks = [asyncio.create_task(complete(engine, asking("wait"))) for _ in range(5)]
    await until(lambda: engine.status.busy)
    kill(engine)
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in done] == [EngineCrashed] * 5


async def test_what_is_lost_can_be_left_after_the_restart(room: Room) -> None:
    """The context of a request that died is left while another one has its slot."""
    engine = room.engine()
    await engine.ready(SECONDS)
    async with engine.generate(asking("crash")):
        await until(lambda: len(room.starts) == 2)
        await engine.ready(SECONDS)
        other = asyncio.create_task(ask(engine, "wait"))
        await until(lambda: engine.status.busy)
    await sleep(0.1)
    assert engine.status.busy
    other.cancel()
    await asyncio.wait({other})


async def test_the_pause_doubles_and_a_success_resets_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LlamaEngine, "LONGEST_PAUSE", 1.0)
    engine = room.engine()
    for crash in range(1, 6):
        await engine.ready(SECONDS)
        if crash == 5:
            await ask(engine, "say a")
        kill(engine)
        await until(lambda: engine.status.phase == "loading")
    await engine.ready(SECONDS)
    assert room.pauses == [0.2, 0.4, 0.8, 1.0, 0.2]


# --- closing -------------------------------------------------------------------------------


async def _never(_: Room, __: LlamaEngine) -> None:
    """Not even started."""


async def _loading(_: Room, engine: LlamaEngine) -> None:
    await engine.start()


async def _in_the_load(room: Room, engine: LlamaEngine) -> None:
    await engine.start()
    await until(lambda: len(room.starts) == 1)


async def _ready(_: Room, engine: LlamaEngine) -> None:
    await engine.ready(SECONDS)


async def _crashed(_: Room, engine: LlamaEngine) -> None:
    await engine.ready(SECONDS)
    kill(engine)


async def _failed(_: Room, engine: LlamaEngine) -> None:
    with pytest.raises(ModelFailed):
        await engine.ready(SECONDS)


CLOSED = [
    pytest.param("ready", _never, id="before-the-start"),
    pytest.param("ready", _loading, id="at-the-start"),
    pytest.param("linger", _in_the_load, id="in-a-load-that-hangs"),
    pytest.param("ready", _ready, id="when-ready"),
    pytest.param("deaf", _ready, id="a-worker-that-does-not-end"),
    pytest.param("ready", _crashed, id="after-a-crash"),
    pytest.param("refuse", _failed, id="after-a-failure"),
]


@pytest.mark.parametrize(("plan", "before"), CLOSED)
@pytest.mark.parametrize("times", [1, 2], ids=["once", "two-at-once"])
async def test_close_leaves_nothing(
    room: Room,
    plan: str,
    before: Callable[[Room, LlamaEngine], Any],
    times: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LlamaEngine, "GRACE", 0.2)
    engine = room.engine(plan)
    await before(room, engine)
    await asyncio.wait_for(asyncio.gather(*(engine.close() for _ in range(times))), SECONDS)
    assert room.left() == []
    assert engine.pid is None
    await asyncio.wait_for(engine.close(), SECONDS)
    assert engine.status.phase == "stopped"
    with pytest.raises(EngineClosed):
        await ask(engine, "say a")
    with pytest.raises(EngineClosed):
        await engine.ready(1.0)
    await engine.start()
    await sleep(0.05)
    assert room.left() == []


async def test_close_ends_those_who_wait(room: Room) -> None:
    engine = room.engine("linger")
    waiting = asyncio.create_task(engine.ready())
    await until(lambda: len(room.starts) == 1)
    await engine.close()
    with pytest.raises(EngineClosed):
        await asyncio.wait_for(waiting, SECONDS)


async def test_close_ends_those_who_are_answered(room: Room) -> None:
    engine = room.engine()
    await engine.ready(SECONDS)
    tasks = [asyncio.create_task(complete(engine, asking("wait"))) for _ in range(3)]
    await until(lambda: engine.status.busy)
    await engine.close()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in done] == [EngineClosed] * 3


async def test_a_second_engine_is_its_own(room: Room) -> None:
    one, two = room.engine(), room.engine()
    await asyncio.gather(one.ready(SECONDS), two.ready(SECONDS))
    await one.close()
    assert (await ask(two, "say a")).text == "a"
