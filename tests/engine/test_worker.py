"""The real worker process with a real model, through the client."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator

import psutil
import pytest
import pytest_asyncio

from pippy_lsp.engine import wire
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.protocol import Chat, Infill, Message, Priority, Request, Sampling, complete
from pippy_lsp.errors import PromptTooLong
from pippy_lsp.settings import ModelSettings

pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="module")]

PLUMBING = "smollm2-135m-instruct"
SECONDS = 120.0
LONG = "".join(f"def step_{n}(x, y):\n    return x * {n} + y\n\n\n" for n in range(40))
"""About 800 tokens: a second of reading, or several."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[LlamaEngine]:
    made = LlamaEngine(ModelSettings(PLUMBING, context=2048))
    await made.ready(SECONDS)
    yield made
    await made.close()


def cpu_seconds(engine: LlamaEngine) -> float:
    times = psutil.Process(engine.pid).cpu_times()
    return float(times.user + times.system)


async def idle(engine: LlamaEngine) -> None:
    end = time.monotonic() + SECONDS
    while engine.status.busy:
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


def story(name: str, tokens: int = 8, **more: object) -> Request:
    prompt = Chat((Message("user", f"Tell me a long story about {name}."),))
    return Request(prompt, tokens, **more)  # type: ignore[arg-type]


# --- the KV cache --------------------------------------------------------------------------


async def test_the_same_prompt_again_evaluates_one_token(engine: LlamaEngine) -> None:
    request = story("a cat and a very old mouse")
    first = await complete(engine, request)
    second = await complete(engine, request)
    assert first.usage.evaluated > 10
    assert second.usage.evaluated == 1
    assert second.text == first.text
    assert second.usage.prompt == first.usage.prompt


async def test_a_keystroke_evaluates_what_was_typed(engine: LlamaEngine) -> None:
    before = "# a game\nname = input()\nfor letter in "
    evaluated = []
    for typed in ("", "n", "na", "nam", "name"):
        result = await complete(engine, Request(Infill(before + typed), 2))
        evaluated.append(result.usage.evaluated)
    assert evaluated[0] > 5
    assert max(evaluated[1:]) <= 3


async def test_a_prompt_that_was_cancelled_is_gone_on_with(engine: LlamaEngine) -> None:
    request = Request(Infill(LONG), 1)
    async with engine.generate(request):
        await asyncio.sleep(0.5)
    await idle(engine)
    result = await complete(engine, request)
    assert 0 < result.usage.evaluated < result.usage.prompt


async def test_two_at_once_answer_as_one_after_the_other(engine: LlamaEngine) -> None:
    requests = [story(name, 16) for name in ("a dog", "the moon", "a train")]
    alone = [(await complete(engine, request)).usage.generated for request in requests]
    together = await asyncio.gather(*(complete(engine, request) for request in requests))
    assert [result.usage.generated for result in together] == alone
    assert all(result.usage.evaluated == 1 for result in together)


async def test_the_same_seed_gives_the_same_text(engine: LlamaEngine) -> None:
    def warm(seed: int) -> Request:
        return story("a whale", 12, sampling=Sampling(temperature=1.0, seed=seed))

    texts = [(await complete(engine, warm(seed))).text for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


# --- urgency and cancelling ----------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [pytest.param(("if", "while"), id="keywords"), pytest.param(("def",), id="one")],
)
async def test_the_text_begins_with_one_of_the_words(
    engine: LlamaEngine, words: tuple[str, ...]
) -> None:
    request = Request(Infill("x = 1\n", "    print(x)\n"), 8, only=words)
    text = (await complete(engine, request)).text
    assert text.split()[0].split("(")[0].rstrip(":") in words


@pytest.mark.parametrize(
    "typed",
    [pytest.param(typed, id=typed or "nothing") for typed in ("", "r", "ran", "rand", "randi")],
)
async def test_a_word_that_is_begun_goes_on(engine: LlamaEngine, typed: str) -> None:
    words = ("randrange", "randint")
    prompt = Infill(f"import random\nx = random.{typed}", "\nprint(x)\n")
    text = (await complete(engine, Request(prompt, 12, only=words, begun=typed))).text
    assert re.match(r"\w+", typed + text)[0] in words  # type: ignore[index]


@pytest.mark.parametrize("word", ["if", "print", "import", "x"])
async def test_the_text_does_not_begin_with_what_is_avoided(engine: LlamaEngine, word: str) -> None:
    request = Request(Infill("x = 1\n", "y = 2\n"), 8, avoid=(word,))
    text = (await complete(engine, request)).text
    assert text.split()[:1] != [word]


async def test_ghost_text_is_answered_before_what_began_earlier(engine: LlamaEngine) -> None:
    ended: list[str] = []

    async def ask(name: str, request: Request) -> None:
        await complete(engine, request)
        ended.append(name)

    ahead = asyncio.create_task(ask("ahead", story("a king", 200, priority=Priority.AHEAD)))
    await asyncio.sleep(0.2)
    reading = asyncio.create_task(
        ask("reading", Request(Infill("# other\n" + LONG), 4, priority=Priority.AHEAD))
    )
    await asyncio.sleep(0.2)
    await ask("ghost", Request(Infill("for i in "), 4, priority=Priority.GHOST))
    assert ended == ["ghost"]
    ahead.cancel()
    reading.cancel()
    await asyncio.wait({ahead, reading})
    await idle(engine)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(Request(Infill("# third\n" + LONG), 400), id="while-reading"),
        pytest.param(story("the sea", 1000), id="while-writing"),
    ],
)
async def test_a_cancelled_request_stops_the_cpu(engine: LlamaEngine, request_: Request) -> None:
    async with engine.generate(request_):
        await asyncio.sleep(0.4)
    await idle(engine)
    before = cpu_seconds(engine)
    await asyncio.sleep(1.0)
    assert cpu_seconds(engine) - before < 0.1


async def test_many_cancels_in_a_row_lose_no_slot(engine: LlamaEngine) -> None:
    for number in range(wire.Board.SLOTS + 10):
        async with engine.generate(Request(Infill(f"x{number} = "), 8, priority=Priority.GHOST)):
            await asyncio.sleep(0.002)
    await idle(engine)
    assert (await complete(engine, story("rain"))).usage.generated > 0


async def test_more_long_answers_than_sequences(engine: LlamaEngine) -> None:
    results = await asyncio.gather(*(complete(engine, story(f"number {n}", 4)) for n in range(20)))
    assert all(result.usage.generated > 0 for result in results)


# --- what can't be answered ----------------------------------------------------------------


async def test_a_prompt_over_the_context(engine: LlamaEngine) -> None:
    with pytest.raises(PromptTooLong) as caught:
        await complete(engine, Request(Infill(LONG * 5)))
    details = caught.value.details
    assert details["room"] == 2048
    assert int(details["tokens"]) > 2048
    assert (await complete(engine, story("snow"))).usage.generated > 0


async def test_an_answer_ends_at_the_contexts_end() -> None:
    engine = LlamaEngine(ModelSettings(PLUMBING, context=512))
    try:
        await engine.ready(SECONDS)
        result = await complete(engine, Request(Infill("x = 1\n" * 95), 2000))
    finally:
        await engine.close()
    assert result.usage.prompt + result.usage.generated == 512
    assert result.finish == "length"


@pytest.mark.parametrize("text", ["", "p", "\n", "\0", "é", "🙂", "<|im_end|>"])
async def test_the_shortest_prompts_are_answered(engine: LlamaEngine, text: str) -> None:
    result = await complete(engine, Request(Infill(text), 4))
    assert result.finish in ("length", "stop")
