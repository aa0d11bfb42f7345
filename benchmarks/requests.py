"""Are plain requests fast while the model writes: our server and two others, in one run.

    python -m benchmarks.requests [--model NAME] [--requests N] [--seed N] [--json FILE]

The others are jedi-language-server and python-lsp-server. All are real processes over stdio. Each
opens the same beginners' programs; at the same places, in an order that the seed draws, the child
presses a key (textDocument/didChange) and the editor asks for textDocument/completion or
textDocument/hover. Who is asked first changes from place to place.

The model of our server writes all the while, for all: what is compared is servers on one busy
machine, and the computer of a child has one. (With its model silent our server would do better,
with no model beside it the others would: that is the second table, in which nothing writes.)
Tokens that were written show that it was busy.

Intervals are of 95 %: places are drawn again, all answers of a place together.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from lsprotocol import types

from benchmarks import pipe, requests_peers, requests_places, stats
from benchmarks.pipe import Pipe
from benchmarks.requests_places import METHODS, Spot
from benchmarks.results import OURS, Figure, Found, count, figure, table, write
from benchmarks.terminal import refused
from benchmarks.traces import data_folder, programs
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.errors import PippyError, UsageError

BUSY = "the model writes"
PERCENTS = (50, 95, 99)
WARM_UP = 4
"""Requests of each method that are not counted: both servers load jedi's stubs with the first."""
THINK_SECONDS = 0.03
"""Between two requests: an editor does not ask without a pause."""
WRITING = "untitled:writing.py"
LINES = 10


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    model: str
    requests: int
    seed: int
    data: str | None
    json: Path | None


def options(arguments: Sequence[str] | None = None) -> Options:
    """The command line, read. Raises: UsageError."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.requests",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--model", default="qwen2.5-coder-0.5b-instruct", help="a name of the registry, or a path")
    add("--requests", type=int, default=200, help="of each method, to each server")
    add("--seed", type=int, default=1)
    add("--data", help="the folder with the data (default: $PIPPY_BENCH_DATA)")
    add("--json", type=Path, help="write all times to this file")
    given = parser.parse_args(arguments)
    if given.requests < 1:
        raise UsageError(what="--requests takes a number above 0.")
    return Options(**vars(given))


@dataclass
class Times:
    """Milliseconds of one server, by method, in the order of the places."""

    ms: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in METHODS})
    answered: dict[str, list[bool]] = field(default_factory=lambda: {name: [] for name in METHODS})


class Asker:
    """An editor with one server: types a key and asks."""

    def __init__(self, server: Pipe, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._opened: dict[str, DocumentSnapshot] = {}

    async def ask(self, spot: Spot) -> tuple[float, bool]:
        """Milliseconds from the key to the answer, and whether the answer says something.

        Raises: TimeoutError, ConnectionError.
        """
        document = self._show(spot)
        started = time.perf_counter()
        document = self._change(document, spot.offset, spot.offset, spot.typed)
        at = document.position(spot.cursor - (spot.method == "hover"))
        place = pipe.place(document.uri, at.line, at.character)
        answer = await self._server.ask(f"textDocument/{spot.method}", place)
        spent = (time.perf_counter() - started) * 1000
        found = answer.get("result")
        items = found.get("items", found) if isinstance(found, dict) else found
        return spent, bool(items)

    def _show(self, spot: Spot) -> DocumentSnapshot:
        """The program as it is before the key."""
        if spot.name not in self._opened:
            uri = (self._folder / f"{spot.name}.py").as_uri()
            self._server.open(uri, spot.text)
            self._opened[spot.name] = DocumentSnapshot(uri, 1, spot.text)
            return self._opened[spot.name]
        old = self._opened[spot.name]
        return self._change(old, 0, len(old.text), spot.text)

    def _change(self, old: DocumentSnapshot, start: int, end: int, text: str) -> DocumentSnapshot:
        span = old.range(start, end)
        points = {"start": _point(span.start), "end": _point(span.end)}
        whole = old.text[:start] + text + old.text[end:]
        new = DocumentSnapshot(old.uri, old.version + 1, whole)
        self._server.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": new.uri, "version": new.version},
                "contentChanges": [{"range": points, "text": text}],
            },
        )
        self._opened[Path(old.uri).stem] = new
        return new


def _point(at: types.Position) -> dict[str, int]:
    return {"line": at.line, "character": at.character}


class Writer:
    """Keeps our server's model writing: one answer after the other."""

    def __init__(self, server: Pipe) -> None:
        self._server = server
        self._version = 1
        self.answers = 0

    async def run(self) -> None:
        """Ask until cancelled."""
        self._server.open(WRITING, "")
        while True:
            self._version += 1
            # another program each time, so that no answer is remembered
            text = "".join(f"total = {self._version + n} * price + {n}\n" for n in range(LINES))
            document = {"uri": WRITING, "version": self._version}
            change = {"textDocument": document, "contentChanges": [{"text": text}]}
            self._server.notify("textDocument/didChange", change)
            line = {"line": self._version % LINES, "character": 0}
            params = {"textDocument": {"uri": WRITING}, "range": {"start": line, "end": line}}
            answer = await self._server.ask("pippy/explain", params)
            if "error" in answer:
                await asyncio.sleep(THINK_SECONDS)
            else:
                self.answers += 1

    async def written(self) -> int:
        """Tokens that the model has written up to now."""
        status = await self._server.ask("pippy/status", {})
        return int(status["result"]["spent"]["generated"])


async def measure(
    askers: dict[str, Asker], spots: Sequence[Spot], seed: int, step: Callable[[], None]
) -> dict[str, Times]:
    """Ask each server at each place; the first few are not counted."""
    found = {name: Times() for name in askers}
    source = random.Random(seed)
    left = dict.fromkeys(METHODS, WARM_UP)
    for spot in spots:
        counted = left[spot.method] <= 0
        left[spot.method] -= 1
        for name in source.sample(sorted(askers), len(askers)):
            spent, said = await askers[name].ask(spot)
            if counted:
                found[name].ms[spot.method].append(spent)
                found[name].answered[spot.method].append(said)
            await asyncio.sleep(THINK_SECONDS)
        step()
    return found


async def run(
    given: Options, spots: Sequence[Spot], folder: Path, step: Callable[[], None]
) -> tuple[dict[str, dict[str, Times]], int]:
    """The times with the model writing and without, and the tokens it wrote meanwhile.

    Raises: UsageError; TimeoutError, ConnectionError.
    """
    async with AsyncExitStack() as stack:
        environment = {"PIPPY_MODE": "off"}
        mine = await stack.enter_async_context(pipe.server(given.model, environment))
        askers = {OURS: Asker(mine, folder)}
        for server in requests_peers.SERVERS:
            other = await stack.enter_async_context(requests_peers.running(server, folder))
            askers[server.name] = Asker(other, folder)
        options = {"completion": {"asItem": False}, "teaching": {"hoverWaitMs": 0}}
        await requests_peers.begin(mine, folder, options)
        await mine.ready()
        writer = Writer(mine)
        before = await writer.written()
        writing = asyncio.create_task(writer.run())
        busy = await measure(askers, spots, given.seed, step)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        wrote = await writer.written() - before
        quiet = await measure(askers, spots, given.seed, step)
    return {BUSY: busy, "nothing beside": quiet}, wrote


def figures(found: dict[str, dict[str, Times]], seed: int) -> list[Figure]:
    """Percentiles of each server, our ratios to the others, and how many answers say something."""
    told: list[Figure] = []
    for title, sides in found.items():
        mine = sides[OURS]
        for method in METHODS:
            n = len(mine.ms[method])
            for name, times in sides.items():
                said = stats.wilson(sum(times.answered[method]), n)
                told.append(figure(f"{method}: says something", said, n, "%", name, title))
            for percent in PERCENTS:
                told += _percentile(method, percent, sides, seed, title)
    return told


def _percentile(
    method: str, percent: int, sides: dict[str, Times], seed: int, title: str
) -> Iterator[Figure]:
    row, mine = f"{method}, p{percent}", sides[OURS].ms[method]

    def statistic(values: Sequence[float]) -> float:
        return stats.percentile(values, percent)

    for name, times in sides.items():
        own = times.ms[method]
        yield figure(row, stats.bootstrap(own, statistic, seed=seed), len(own), "ms", name, title)
    for name, times in sides.items():
        if name != OURS:
            ratio = stats.ratio(mine, times.ms[method], percent, seed=seed)
            yield figure(row, ratio, len(mine), "x", f"ratio to {name}", title)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    try:
        given = options(arguments)
        found = requests_places.spots(programs(data_folder(given.data)))
        spots = requests_places.subset(found, given.requests + WARM_UP, given.seed)
        done, total = 0, 2 * len(spots)

        def step() -> None:
            nonlocal done
            done += 1
            if done % 10 == 0 or done == total:
                print(f"\r{done} of {total} places", end="", file=sys.stderr, flush=True)

        with tempfile.TemporaryDirectory() as name:
            folder = Path(name).resolve()
            times, wrote = asyncio.run(run(given, spots, folder, step))
        print(file=sys.stderr)
    except PippyError as error:
        return refused(error)
    print(f"{given.model}, seed {given.seed}, {given.requests} requests of each method")
    told = figures(times, given.seed)
    print(f"The model wrote {wrote} tokens meanwhile.\n\n{table(told)}")
    told.append(count("tokens written meanwhile", wrote, 1, table=BUSY))
    write(given.json, "requests", Found(told, given.seed, [given.model], (), times))
    return 0


if __name__ == "__main__":
    sys.exit(main())
