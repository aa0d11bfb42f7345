"""Messages with anything in them; `python -m benchmarks.fuzz` sends many more."""

from __future__ import annotations

import asyncio
import time

import pytest

from benchmarks import fuzz, pipe

PATIENCE = 5.0
HUGE = 10 * 2**20
URI = "untitled:huge"


async def test_the_server_lives_and_answers() -> None:
    report = fuzz.Report()
    await fuzz.messages(400, 5, report)
    assert report.failures == []
    assert (report.crashes, report.unanswered) == (0, 0)
    assert set(report.kinds) == {
        "bytes",
        "length",
        "json",
        "shape",
        "request",
        "notification",
        "edit",
    }


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"], ids=["ascii", "accents", "emoji"])
async def test_ten_megabytes_of_one_line_block_nothing(letter: str) -> None:
    """Neither when it is opened, nor with each key, nor what is asked of another document."""
    line = letter * (HUGE // len(letter.encode()))
    units = len(line.encode("utf-16-le")) // 2
    async with pipe.server("no-such-model") as server:
        await server.initialize()
        server.open("untitled:small", "for i in range(3):\n    print(i)\n")
        server.open(URI, line)
        began = time.monotonic()
        end = {"line": 0, "character": units}
        for version in range(2, 7):
            document = {"uri": URI, "version": version}
            change = {"range": {"start": end, "end": end}, "text": "y"}
            params = {"textDocument": document, "contentChanges": [change]}
            server.notify("textDocument/didChange", params)
        asked = [
            server.ask("textDocument/inlineCompletion", pipe.inline(URI, 0, units)),
            server.ask("textDocument/hover", pipe.place(URI, 0, units)),
            server.ask("textDocument/completion", pipe.place(URI, 0, units)),
            server.ask("textDocument/hover", pipe.place("untitled:small", 0, 1)),
        ]
        answers = await asyncio.gather(*asked)
        took = time.monotonic() - began
    assert all("result" in answer for answer in answers)
    assert answers[3]["result"] is not None
    assert took / 9 < PATIENCE, "seconds for each of the nine messages"


async def test_fifty_megabytes_of_lines_block_nothing() -> None:
    async with pipe.server("no-such-model") as server:
        await server.initialize()
        server.open("untitled:small", "for i in range(3):\n    print(i)\n")
        began = server.clock()
        server.open(URI, "x = 1\n" * (5 * HUGE // 6))
        huge = server.ask("textDocument/hover", pipe.place(URI, 7, 0))
        small = server.ask("textDocument/hover", pipe.place("untitled:small", 0, 1))
        answers = await asyncio.gather(huge, small)
        took = server.clock() - began
    assert answers[1]["result"] is not None
    assert took / 3 < PATIENCE, "seconds for each of the three messages"


# id, what is sent before `initialize`, or after `shutdown`
@pytest.mark.parametrize("when", ["before", "after"])
async def test_out_of_turn(when: str) -> None:
    async with pipe.server("no-such-model") as server:
        if when == "after":
            await server.initialize()
            await server.ask("shutdown", None)
        for method in ("textDocument/hover", "pippy/status", "no/such"):
            server.request(method, pipe.place(URI, 0, 0))
        server.open(URI, "x = 1\n")
        if when == "before":
            assert "error" in await server.ask("textDocument/hover", pipe.place(URI, 0, 0))
            assert "result" in await server.initialize()
            server.process.stdin.close()  # type: ignore[union-attr]
        else:
            server.notify("exit", None)
        await asyncio.wait_for(server.process.wait(), 20)
