"""A class of simulated children at one server: how long each waits, and whether all wait alike.

    python -m benchmarks.classroom [--server URL | --model NAME] [--children N] [--seconds S]
                                   [--plot FILE.svg] [--json FILE]

Each child types a small program of its own into its own remote engine, as the editor's server does:
a key cancels what the key before it asked for, a request goes out when the child pauses, and now
and then an explanation is asked. Without --server, llama.cpp's own server is started here with the
model. Every child's program has a name that no other has, so an answer with somebody else's name
would show that the server mixed two children up.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import random
import re
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import results, stats
from benchmarks.classroom_plot import plot
from benchmarks.results import Figure, count, figure
from benchmarks.stats import percentile
from pippy_lsp.engine import models
from pippy_lsp.engine.protocol import Chat, Infill, Message, Priority, Request
from pippy_lsp.engine.remote import RemoteEngine
from pippy_lsp.errors import PippyError
from pippy_lsp.settings import ModelSettings
from tests import servers

LINES = (
    "{name} = 0",
    "for turn in range(5):",
    '    guess = int(input("Your guess? "))',
    "    if guess == turn:",
    "        {name} = {name} + 1",
    '        print("Yes!", {name})',
    "    else:",
    '        print("No, it was", turn)',
    'print("You have", {name})',
)
KEY_SECONDS = 0.22
"""Between two keys, on average: 45 words a minute of five letters are 0.27."""
THINK_SECONDS = 2.5
"""At the end of a line."""
PAUSE_SECONDS = 0.15
"""A request goes out when no key came for so long."""
EXPLAIN_SHARE = 0.1
"""Of the lines, how many the child wants explained."""
TOKENS, WORDS = 16, 48
READY_SECONDS = 300.0
PATIENCE_SECONDS = 10.0
"""After the lesson's end, for what was asked before."""
PUPILS, SHARE = 1000, 0.1
"""Of a school: how many, and which part of them types at the same time."""
_NAME = re.compile(r"points_[0-9a-f]{8}(?![0-9a-z])")


@dataclass
class Child:
    """What one child asked and got; times in milliseconds."""

    number: int
    asked: int = 0
    first_ms: list[float] = field(default_factory=list)
    """From the request to the first token, of the answers that came before the next key."""
    moot: int = 0
    """Cancelled by the next key."""
    failed: int = 0
    generated: int = 0
    strangers: int = 0
    """Answers with another child's name in them."""

    @property
    def name(self) -> str:
        """A variable that no other child has, and no model makes up."""
        return f"points_{zlib.crc32(b'%d' % self.number):08x}"


async def sit(child: Child, engine: RemoteEngine, seconds: float, seed: int) -> None:
    """Let the child type until the time is over."""
    chance = random.Random(seed * 1000 + child.number)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await _program(child, engine, chance, end)
    child.generated = engine.status.spent.generated


async def _program(child: Child, engine: RemoteEngine, chance: random.Random, end: float) -> None:
    typed = ""
    running: asyncio.Task[None] | None = None
    for template in LINES:
        for key in template.format(name=child.name) + "\n":
            typed += key
            if running is not None and not running.done():
                running.cancel()
            running = asyncio.create_task(_ghost(child, engine, typed))
            await asyncio.sleep(chance.expovariate(1 / KEY_SECONDS))
            if time.monotonic() > end:
                break
        if chance.random() < EXPLAIN_SHARE and time.monotonic() < end:
            left = end - time.monotonic() + PATIENCE_SECONDS
            with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                await asyncio.wait_for(_explain(child, engine, template), left)
        await asyncio.sleep(min(chance.expovariate(1 / THINK_SECONDS), end - time.monotonic() + 1))
        if time.monotonic() > end:
            break
    if running is not None:
        running.cancel()
        await asyncio.wait({running})


async def _ghost(child: Child, engine: RemoteEngine, typed: str) -> None:
    await asyncio.sleep(PAUSE_SECONDS)
    request = Request(Infill(typed, "\n"), TOKENS, ("\n\n",), priority=Priority.GHOST)
    await _ask(child, engine, request)


async def _explain(child: Child, engine: RemoteEngine, line: str) -> None:
    words = f"Explain to a child in one sentence: {line.format(name=child.name)}"
    await _ask(child, engine, Request(Chat((Message("user", words),)), WORDS))


async def _ask(child: Child, engine: RemoteEngine, request: Request) -> None:
    child.asked += 1
    began, text = time.perf_counter(), ""
    try:
        async with engine.generate(request) as stream:
            async for piece in stream:
                if not text:
                    child.first_ms.append((time.perf_counter() - began) * 1000)
                text += piece
    except asyncio.CancelledError:
        child.moot += not text
        raise
    except PippyError:
        child.failed += 1
    finally:
        child.strangers += strange(text, child.name)


def strange(text: str, name: str) -> bool:
    """Whether `text` has another child's name."""
    return any(found != name for found in _NAME.findall(text))


def fairness(amounts: Sequence[float]) -> float:
    """Jain's index: 1 where all have the same, 1/n where one has it all."""
    squares = sum(each * each for each in amounts)
    return sum(amounts) ** 2 / (len(amounts) * squares) if squares else 1.0


def servers_needed(pupils: int, share: float, child_tps: float, server_tps: float) -> int:
    """How many servers write what so many pupils ask for, when that share of them types at once;
    rates are in tokens a second.
    """
    return max(1, math.ceil(pupils * share * child_tps / max(server_tps, 1e-6)))


async def run(url: str, count: int, seconds: float, seed: int) -> list[Child]:
    """The children's figures. They begin together, once each has found the server.

    Raises: RemoteError, EngineTimeout.
    """
    children = [Child(number) for number in range(count)]
    # What is sent is made up here.
    settings = ModelSettings(server=url, remote="plain")
    engines = [RemoteEngine(settings) for _ in children]
    try:
        await asyncio.gather(*(engine.ready(READY_SECONDS) for engine in engines))
        pairs = zip(children, engines, strict=True)
        await asyncio.gather(*(sit(child, engine, seconds, seed) for child, engine in pairs))
    finally:
        await asyncio.gather(*(engine.close() for engine in engines))
    return children


def rows(children: Sequence[Child], seconds: float) -> list[tuple[str, str]]:
    """The figures in words. What a school needs is on paper: as if every request were answered
    whole, by servers as fast as this one was.
    """
    waits = [ms for child in children for ms in child.first_ms]
    own = [percentile(child.first_ms, 95) for child in children if child.first_ms]
    asked = sum(child.asked for child in children)
    served = [len(child.first_ms) / max(1, child.asked) for child in children]
    written = sum(child.generated for child in children) / seconds
    school = servers_needed(PUPILS, SHARE, TOKENS * asked / seconds / len(children), written)
    found = [
        ("children", str(len(children))),
        ("requests a child and minute", f"{60 * asked / seconds / len(children):.1f}"),
        ("answered before the next key", f"{100 * len(waits) / max(1, asked):.0f} %"),
        ("tokens written a second, all", f"{written:.1f}"),
        ("fairness of being answered (Jain)", f"{fairness(served):.3f}"),
        ("failed", str(sum(child.failed for child in children))),
        ("answers with another child's name", str(sum(child.strangers for child in children))),
    ]
    if waits:
        found += [
            (f"servers for {PUPILS} pupils, {SHARE:.0%} at once", str(school)),
            ("first token, p50", f"{percentile(waits, 50):.0f} ms"),
            ("first token, p95", f"{percentile(waits, 95):.0f} ms"),
            ("p95 of the luckiest child", f"{min(own):.0f} ms"),
            ("p95 of the unluckiest child", f"{max(own):.0f} ms"),
        ]
    return found


def figures(children: Sequence[Child], seed: int) -> list[Figure]:
    """The class for the results; children are what is drawn again."""
    n = len(children)
    served = [len(child.first_ms) / max(1, child.asked) for child in children]
    found = [
        figure("answered before the next key", stats.bootstrap(served, seed=seed), n, "%"),
        count("fairness of being answered (Jain)", fairness(served), n),
        count("failed", sum(child.failed for child in children), n),
        count("answers with another child's name", sum(child.strangers for child in children), n),
    ]
    for percent in (50, 95):
        own = [percentile(child.first_ms, percent) for child in children if child.first_ms]
        middle = stats.bootstrap(own, stats.median, seed=seed)
        name = f"first token, p{percent} of the middle child"
        found.append(figure(name, middle, len(own), "ms"))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser("benchmarks.classroom", description=__doc__)
    parser.add_argument("--server", help="the URL of a server; else one is started here")
    parser.add_argument("--model", default="qwen2.5-coder-0.5b-instruct")
    parser.add_argument("--children", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", type=Path, help="write a picture of the waits to this SVG file")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        url = options.server or stack.enter_context(
            servers.own_server(models.path(options.model), 8192, at_once=4)
        )
        asked = run(url, options.children, options.seconds, options.seed)
        children = asyncio.run(asked)
    table = Table("a class at one server", f"{options.seconds:.0f} s")
    for row in rows(children, options.seconds):
        table.add_row(*row)
    Console().print(table)
    if options.plot:
        title = f"{options.children} children at one server, {options.seconds:.0f} s"
        options.plot.write_text(plot([child.first_ms for child in children], title), "utf-8")
    used = [] if options.server else [options.model]
    found = results.Found(figures(children, options.seed), options.seed, used, (), children)
    results.write(options.json, "classroom", found)


if __name__ == "__main__":
    main()
