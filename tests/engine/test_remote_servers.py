"""The remote engine in front of two real servers with a real model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import psutil
import pytest
import pytest_asyncio

from pippy_lsp.engine import models
from pippy_lsp.engine.protocol import Chat, Infill, Message, Request, complete
from pippy_lsp.engine.remote import RemoteEngine
from pippy_lsp.settings import ModelSettings
from tests import servers

pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="module")]

MODEL = "qwen2.5-coder-0.5b-instruct"
SECONDS = 120.0
BEFORE, AFTER = "def add(first, second):\n    return first + ", "\n\nprint(add(1, 2))\n"


@pytest.fixture(scope="module", params=["own", "own-by-infill", "openai"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = models.path(MODEL)
    if request.param == "own-by-infill":  # its name does not tell how it is asked
        path = tmp_path_factory.mktemp("m") / "m.gguf"
        path.symlink_to(models.path(MODEL))
    start = servers.llama_cpp_server if request.param == "openai" else servers.own_server
    with start(path) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(url: str) -> AsyncIterator[RemoteEngine]:
    made = RemoteEngine(ModelSettings(server=url))
    await made.ready(SECONDS)
    yield made
    await made.close()


def cpu_seconds() -> float:
    """Of the servers, which are our children."""
    children = psutil.Process().children(recursive=True)
    return sum(sum(child.cpu_times()[:2]) for child in children)


async def test_it_can_infill(engine: RemoteEngine) -> None:
    assert (await engine.ready()).infill
    result = await complete(engine, Request(Infill(BEFORE, AFTER), 4, stop=("\n",)))
    assert result.text.strip() == "second"
    assert result.usage.generated > 0


@pytest.mark.parametrize("module", ["turtle", "random"])
async def test_what_follows_counts(engine: RemoteEngine, module: str) -> None:
    prompt = Infill("import ", f"\n\n{module}.seed(1)\n{module}.forward(2)\n")
    assert (await complete(engine, Request(prompt, 2))).text.startswith(module)


async def test_a_chat_streams(engine: RemoteEngine) -> None:
    messages = Message("system", "Answer in one word."), Message("user", "What is 1 + 1?")
    async with engine.generate(Request(Chat(messages), 12)) as stream:
        pieces = [piece async for piece in stream]
    assert "2" in "".join(pieces) or "two" in "".join(pieces).lower()
    assert stream.result.finish in ("stop", "length")


@pytest.mark.parametrize("text", ["", "é = '🙂", "<|fim_middle|>", "a\r\nb", "{"])
async def test_odd_texts_are_answered(engine: RemoteEngine, text: str) -> None:
    result = await complete(engine, Request(Infill(text, "\n"), 3))
    assert result.finish in ("stop", "length")


async def test_a_cancelled_answer_stops_the_servers_cpu(engine: RemoteEngine) -> None:
    story = Chat((Message("user", "Write a very long story about a dragon and a king."),))
    async with engine.generate(Request(story, 900)) as stream:
        async for _ in stream:
            break
    end = time.monotonic() + SECONDS
    spent = [cpu_seconds()]
    while len(spent) < 2 or spent[-1] - spent[-2] > 0.05:
        assert time.monotonic() < end, "the server goes on"
        await asyncio.sleep(1.0)
        spent.append(cpu_seconds())
    assert not engine.status.busy
    assert (await complete(engine, Request(Infill(BEFORE, AFTER), 2))).text
