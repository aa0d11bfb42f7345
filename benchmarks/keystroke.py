"""What a keystroke costs as the file grows: it must not grow with it.

    python -m benchmarks.keystroke [--model NAME] [--lines 10 100 ...] [--typed N] [--seed N]
                                   [--json FILE]

One real server over stdio. Documents are made of pieces of children's programs: the same few lines
around the cursor, and so many before and after them. In each the same lines are typed, key by key:
a change, a request for ghost text that takes the one before back, and at each line's end one for
completions. All sizes take turns, line by line, so that what else the machine does meets all.

- "server": CPU of the server's own process a keystroke, with the check of the file in the pause.
- "model": CPU of the worker's process a keystroke; the cut of the prompt bounds it.
- "first answer": from the last key of a line to its ghost text, or the answer that there is none.
- "completion": the same of the plain completions.

Ratios are to the smallest file, line by line of the typed text; intervals of 95 % by drawing the
lines again.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks import pipe, results, stats
from benchmarks.results import Figure, Found, Series, figure
from benchmarks.terminal import refused
from benchmarks.traces import data_folder, programs
from pippy_lsp.errors import PippyError, UsageError

SIZES = (10, 100, 1000, 10_000)
CORE = 8
"""Lines around the cursor that all documents have."""
KEY_SECONDS = 0.08
"""Between two keys: faster than a child, so that a slow key would hold up the next."""
REST_SECONDS = 1.0
"""After a line: the check of the whole file falls into this pause."""
TYPED = (
    "score = score + 10",
    "print('You have', score)",
    "for turn in range(score):",
    "names = ['Ada', 'Alan']",
    "total = len(names) * 2",
    "if score > total:",
    "answer = input('Again? ')",
    "best = max(score, total)",
)
PARTS = ("server", "model", "first answer", "completion")


@dataclass
class Costs:
    """What each typed line took, by part: CPU in milliseconds a key, times in milliseconds."""

    of: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in PARTS})


class File:
    """One open document; the cursor is on an empty line of its own in the middle."""

    def __init__(self, server: pipe.Pipe, lines: int, text: tuple[str, str]) -> None:
        self.uri = f"untitled:size-{lines}.py"
        self._server = server
        self._row = text[0].count("\n")
        self._column = 0
        self._version = 1
        server.open(self.uri, f"{text[0]}\n{text[1]}")

    def press(self, letter: str) -> None:
        """Type one letter at the cursor."""
        self._change(self._column, self._column, letter)
        self._column += len(letter)

    def clear(self) -> None:
        """Take the line's text away again."""
        self._change(0, self._column, "")
        self._column = 0

    def _change(self, start: int, end: int, text: str) -> None:
        self._version += 1
        span = {"start": self._at(start), "end": self._at(end)}
        document = {"uri": self.uri, "version": self._version}
        change = {"textDocument": document, "contentChanges": [{"range": span, "text": text}]}
        self._server.notify("textDocument/didChange", change)

    def _at(self, column: int) -> dict[str, int]:
        return {"line": self._row, "character": column}

    @property
    def ghost(self) -> pipe.Message:
        """The parameters of a request for ghost text at the cursor."""
        return pipe.inline(self.uri, self._row, self._column, invoked=False)

    @property
    def place(self) -> pipe.Message:
        """The cursor."""
        return pipe.place(self.uri, self._row, self._column)


def pieces(sources: dict[str, str], seed: int) -> list[str]:
    """Statements at the top level of the programs, in an order drawn by chance."""
    found = [
        ast.get_source_segment(text, node) or ""
        for text in sources.values()
        for node in ast.parse(text).body
    ]
    random.Random(seed).shuffle(found)
    return found


def document(lines: int, found: Sequence[str]) -> tuple[str, str]:
    """What stands before and after the cursor: `lines` lines in all, one of them the cursor's.

    Whole statements only, short ones where little room is left; the rest is comments.
    """
    core = [each for each in found if each.count("\n") == 0][: CORE // 2]
    before, after = "\n".join(core) + "\n", "\n".join(reversed(core)) + "\n"
    room = max(0, lines - 1 - 2 * len(core))
    return (
        "".join(_fill(room - room // 2, found)) + before,
        after + "".join(_fill(room // 2, found[::-1])),
    )


def _fill(room: int, found: Sequence[str]) -> Iterator[str]:
    while room:
        fitting = [each for each in found if each.count("\n") < room]
        for each in fitting:
            size = each.count("\n") + 1
            if size <= room:
                room -= size
                yield f"{each}\n"
        if not fitting:
            yield "# ...\n" * room
            return


async def typed(server: pipe.Pipe, file: File, line: str, costs: Costs) -> None:
    """Type one line, and note what it took. Raises: TimeoutError, ConnectionError."""
    worker = server.workers()[-1] if server.workers() else None
    began = [_cpu(server.psutil), _cpu(worker)]
    waiting: asyncio.Future[pipe.Message] | None = None
    number, pressed = 0, 0.0
    for letter in line:
        if waiting is not None and not waiting.done():
            server.notify("$/cancelRequest", {"id": number})
        pressed = time.perf_counter()
        file.press(letter)
        number, waiting = server.request("textDocument/inlineCompletion", file.ghost)
        await asyncio.sleep(KEY_SECONDS)
    if waiting is not None:
        await asyncio.wait_for(waiting, 60)
        costs.of["first answer"].append((time.perf_counter() - pressed) * 1000)
    asked = time.perf_counter()
    await server.ask("textDocument/completion", file.place)
    costs.of["completion"].append((time.perf_counter() - asked) * 1000)
    file.clear()
    await asyncio.sleep(REST_SECONDS)
    for name, process, before in zip(PARTS, (server.psutil, worker), began, strict=False):
        costs.of[name].append(1000 * (_cpu(process) - before) / len(line))


def _cpu(process: psutil.Process | None) -> float:
    return pipe.cpu_of(process) if process else 0.0


async def run(given: argparse.Namespace, found: Sequence[str]) -> dict[int, Costs]:
    """Type all lines into all documents. Raises: TimeoutError, ConnectionError."""
    costs = {size: Costs() for size in given.lines}
    async with pipe.server(given.model) as server:
        await server.initialize()
        await server.ready()
        files = {size: File(server, size, document(size, found)) for size in given.lines}
        for size, file in files.items():  # what is read the first time is no keystroke's
            await typed(server, file, "x = 1", Costs())
            print(f"{size} lines are open", file=sys.stderr, flush=True)
        chance = random.Random(given.seed)
        for number in range(given.typed):
            line = TYPED[number % len(TYPED)]
            for size in chance.sample(given.lines, len(given.lines)):
                await typed(server, files[size], line, costs[size])
            print(f"line {number + 1} of {given.typed}", file=sys.stderr, flush=True)
    return costs


def figures(costs: dict[int, Costs], seed: int) -> list[Figure]:
    """By part and size: the median, and its ratio to the smallest file."""
    found = []
    least = min(costs)
    for part in PARTS:
        for size, each in sorted(costs.items()):
            values, small, name = each.of[part], costs[least].of[part], f"{size} lines"
            middle = stats.bootstrap(values, stats.median, seed=seed)
            found.append(figure(name, middle, len(values), "ms", table=part))
            if size != least:
                ratio = stats.ratio(values, small, 50, seed=seed)
                found.append(figure(name, ratio, len(values), "x", f"of {least} lines", part))
    return found


def series(costs: dict[int, Costs], seed: int) -> list[Series]:
    """A curve a part: the medians by the size of the file."""
    found = []
    for part in PARTS:
        middles = [
            stats.bootstrap(each.of[part], stats.median, seed=seed)
            for _, each in sorted(costs.items())
        ]
        ys, lows, highs = (
            [round(getattr(middle, name), 2) for middle in middles]
            for name in ("value", "low", "high")
        )
        found.append(Series("keystroke", part, [float(s) for s in sorted(costs)], ys, lows, highs))
    return found


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line, read. Raises: UsageError."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.keystroke",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--model", default="qwen2.5-coder-0.5b-instruct", help="a name of the registry, or a path")
    add("--lines", type=int, nargs="+", default=list(SIZES), help="sizes of the files")
    add("--typed", type=int, default=16, help="lines that are typed into each file")
    add("--seed", type=int, default=1)
    add("--data", help="the folder with the data (default: $PIPPY_BENCH_DATA)")
    add("--json", type=Path)
    given = parser.parse_args(arguments)
    if min(given.lines) <= CORE or given.typed < 1:
        raise UsageError(what=f"--lines takes numbers above {CORE}, --typed one above 0.")
    return given


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    try:
        given = options(arguments)
        found = pieces(programs(data_folder(given.data)), given.seed)
        costs = asyncio.run(run(given, found))
        told = figures(costs, given.seed)
        print(results.table(told))
        kept = Found(told, given.seed, [given.model], series(costs, given.seed))
        results.write(given.json, "keystroke", kept)
    except PippyError as error:
        return refused(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
