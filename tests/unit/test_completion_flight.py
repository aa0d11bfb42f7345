"""Keystrokes that arrive while the model is still writing."""

from __future__ import annotations

import asyncio

import pytest

from pippy_lsp.completion import flight
from pippy_lsp.completion.suggest import Completer, Suggestion
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Infill, Priority, Request
from pippy_lsp.settings import CompletionSettings
from tests.fakes import FakeEngine

SETTINGS = CompletionSettings(debounce_ms=0)
BEFORE = "if True:\n    "
WRITES = 'print("hello", 1)\n'


async def ask(completer: Completer, typed: str, after: str = "\n") -> list[Suggestion]:
    text = BEFORE + typed + after
    snapshot = DocumentSnapshot("untitled:a", 1, text)
    return await completer.suggest(snapshot, len(BEFORE + typed), SETTINGS, level=1)


# What was typed while the model writes, what follows it, requests in all, what is shown at last.
TYPED = {
    "along": ("pri", "\n", 1, 'nt("hello", 1)'),
    "along with an auto-closed bracket": ("print(", ")\n", 1, '"hello", 1'),
    "another word": ("inp", "\n", 2, None),
    "other text after the cursor": ("", "\nx = 1\n", 2, None),
    "nothing new": ("", "\n", 1, 'print("hello", 1)'),
}


@pytest.mark.parametrize("name", TYPED)
async def test_joins_what_is_on_its_way(name: str) -> None:
    typed, after, requests, shown = TYPED[name]
    engine = FakeEngine(WRITES, delay=0.01)
    completer = Completer(engine)
    first = asyncio.create_task(ask(completer, ""))
    await asyncio.sleep(0.025)
    first.cancel()
    found = await ask(completer, typed, after)
    assert len(engine.requests) == requests
    if shown is not None:
        assert [each.text for each in found] == [shown]


async def test_another_text_stops_the_model() -> None:
    engine = FakeEngine(WRITES, delay=0.02)
    completer = Completer(engine)
    first = asyncio.create_task(ask(completer, ""))
    await asyncio.sleep(0.03)
    await ask(completer, "x = ")
    assert not engine.streams[0].ended
    assert await first == []


async def test_nobody_waits_so_the_model_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flight, "LINGER", 0.02)
    engine = FakeEngine(WRITES, delay=0.05)
    first = asyncio.create_task(ask(Completer(engine), ""))
    await asyncio.sleep(0.06)
    first.cancel()
    await asyncio.sleep(0.1)
    seen = engine.streams[0].seen
    await asyncio.sleep(0.2)
    assert engine.streams[0].seen == seen
    assert not engine.streams[0].ended


async def test_another_beginning_where_the_first_answer_can_not_be_shown() -> None:
    """The model says the next line again; asked not to begin so, it writes a new one."""

    def writes(request: Request) -> str:
        return "x = 2\n" if "total" in request.avoid else "total = 0\n"

    engine = FakeEngine(writes)
    text = "x = 1\n\ntotal = 0\nprint(total)\n"
    snapshot = DocumentSnapshot("untitled:a", 1, text)
    completer = Completer(engine)
    for _ in range(2):
        found = await completer.suggest(snapshot, 6, SETTINGS, level=5)
        assert [each.text for each in found] == ["x = 2"]
    assert len(engine.requests) == 2
    assert engine.requests[0].prompt == engine.requests[1].prompt


async def test_a_second_answer_is_the_last() -> None:
    engine = FakeEngine("total = 0\n")
    snapshot = DocumentSnapshot("untitled:a", 1, "x = 1\n\ntotal = 0\nprint(total)\n")
    completer = Completer(engine)
    for _ in range(2):
        assert await completer.suggest(snapshot, 6, SETTINGS, level=5) == []
    assert len(engine.requests) == 2


async def test_reads_ahead_without_writing() -> None:
    engine = FakeEngine(WRITES)
    completer = Completer(engine)
    snapshot = DocumentSnapshot("untitled:a", 1, BEFORE)
    completer.prepare(snapshot, len(BEFORE), SETTINGS, level=1)
    await asyncio.sleep(0.01)
    await ask(completer, "", "")
    ahead, real = engine.requests
    assert isinstance(ahead.prompt, Infill)
    assert (ahead.max_tokens, ahead.priority) == (0, Priority.AHEAD)
    assert ahead.prompt == real.prompt


async def test_off_reads_nothing() -> None:
    engine = FakeEngine(WRITES)
    settings = CompletionSettings(mode="off")
    snapshot = DocumentSnapshot("untitled:a", 1, BEFORE)
    Completer(engine).prepare(snapshot, 0, settings, level=1)
    await asyncio.sleep(0.01)
    assert engine.requests == []


async def test_has_the_next_line_ready_when_the_first_is_typed() -> None:
    def writes(request: Request) -> str:
        assert isinstance(request.prompt, Infill)
        return 'print("bye")\n' if "hello" in request.prompt.prefix else WRITES

    engine = FakeEngine(writes)
    completer = Completer(engine)
    for typed in ("", "prin", 'print("'):
        await ask(completer, typed)
    await asyncio.sleep(0.02)
    assert [request.priority for request in engine.requests] == [Priority.GHOST, Priority.AHEAD]
    found = await ask(completer, WRITES + "    ")
    assert [each.text for each in found] == ['print("bye")']
    assert len(engine.requests) == 2


async def test_looks_ahead_only_along_what_is_typed() -> None:
    engine = FakeEngine(WRITES)
    completer = Completer(engine)
    for typed in ("", "prin"):
        await ask(completer, typed)
    await asyncio.sleep(0.02)
    assert len(engine.requests) == 1


async def test_shows_the_first_line_of_a_slow_block_and_the_rest_at_the_next_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flight, "EARLY", 0.0)
    engine = FakeEngine("a = 1\n    b = 2\n    c = 3\n", delay=0.005)
    completer = Completer(engine)

    async def block(typed: str) -> str:
        snapshot = DocumentSnapshot("untitled:a", 1, BEFORE + typed + "\n")
        found = await completer.suggest(snapshot, len(BEFORE + typed), SETTINGS, level=5)
        return found[0].text if found else ""

    assert await block("") == "a = 1"
    await asyncio.sleep(0.3)
    assert await block("a") == " = 1\n    b = 2\n    c = 3"
    assert len(engine.requests) == 1


async def test_what_comes_by_itself_gives_way_to_another_document_asked_by_hand() -> None:
    engine = FakeEngine(WRITES, delay=0.01)
    completer = Completer(engine)
    here = DocumentSnapshot("untitled:a", 1, BEFORE)
    by_hand = asyncio.create_task(
        completer.suggest(here, len(BEFORE), SETTINGS, level=1, invoked=True)
    )
    await asyncio.sleep(0.02)
    other = DocumentSnapshot("untitled:b", 1, "x = ")
    assert await completer.suggest(other, 4, SETTINGS, level=1) == []
    assert [each.text for each in await by_hand] == ['print("hello", 1)']


async def test_the_editors_own_step_in_the_first_block() -> None:
    text = "for i in range(3):\n  "
    engine = FakeEngine("if i:\n    print(i)\n")
    snapshot = DocumentSnapshot("untitled:a", 1, text)
    found = await Completer(engine).suggest(snapshot, len(text), SETTINGS, level=5)
    assert [each.text for each in found] == ["if i:\n    print(i)"]
