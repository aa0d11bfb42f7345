"""Half an hour of editing, compressed: `python -m benchmarks.soak [--changes N] [--requests N]`.

Several documents are edited in turn while requests of all kinds are asked; a request that the next
one makes moot is answered with nothing, and none may fail. The first fifth is the warm-up: caches
are full then (the largest holds 128 answers) and garbage has been collected more than once. After
it the memory of the server and of the worker must be flat, at its peaks as garbage comes and goes,
and the slowest requests must not become slower.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import pipe, reliability_figures, results
from benchmarks.stats import median, percentile

MODEL = "smollm2-135m-instruct"
_CANCELLED = -32800
_DOCUMENTS = 5
_PARTS, _WARM = 10, 2
_LOOK = 250
"""Changes between two looks at the memory."""
_LINES = (
    "score = score + {n}",
    "print('turn', {n})",
    "for step in range({n}):",
    "    total = total + step",
    "names.append('player {n}')",
    "if score > {n}:",
    "    print(names)",
)
_START = "import random\nscore = 0\ntotal = 0\nnames = []\n"


@dataclass(frozen=True)
class Report:
    """What the time did to the server."""

    changes: int
    requests: int
    failed: int
    """Answers that were errors, but for those of requests that were taken back."""
    minutes: float
    server_mb: tuple[float, ...]
    """The most memory in each tenth of the way; the first two are the warm-up."""
    worker_mb: tuple[float, ...]
    server_growth_percent: float
    """From the most in the warm-up to the most in the last tenth."""
    worker_growth_percent: float
    files_more: int
    generated: int
    """Tokens that the model wrote meanwhile."""
    p99_ms: tuple[float, ...]
    """Of plain requests (hover, completion, actions), in each tenth."""
    p99_ratio: float
    """The median of the last four tenths to that of the four before."""


class Document:
    """One open document, edited line by line."""

    def __init__(self, server: pipe.Pipe, name: str) -> None:
        self.uri = f"untitled:{name}"
        self._server = server
        self._version = 1
        self._line = _START.count("\n")
        self.width = 0
        server.open(self.uri, _START)

    @property
    def end(self) -> tuple[int, int]:
        """Where the cursor is."""
        return self._line, self.width

    def type(self, text: str) -> None:
        """Put text at the cursor."""
        at = {"line": self._line, "character": self.width}
        self._send({"range": {"start": at, "end": at}, "text": text})
        if text == "\n":
            self._line, self.width = self._line + 1, 0
        else:
            self.width += len(text)

    def start_again(self) -> None:
        """The whole document as it was in the beginning."""
        self._send({"text": _START})
        self._line, self.width = _START.count("\n"), 0

    @property
    def long(self) -> bool:
        """Whether a child's program would not be longer."""
        return self._line > 80

    def _send(self, change: pipe.Message) -> None:
        self._version += 1
        document = {"uri": self.uri, "version": self._version}
        params = {"textDocument": document, "contentChanges": [change]}
        self._server.notify("textDocument/didChange", params)


class Soak:
    """Edits and asks."""

    def __init__(self, server: pipe.Pipe, seed: int) -> None:
        self._server = server
        self._source = random.Random(seed)
        self._documents = [Document(server, f"game{n}") for n in range(_DOCUMENTS)]
        self._ghost: asyncio.Future[pipe.Message] | None = None
        self._ghost_id = 0
        self.times: list[float] = []
        self.memory: list[tuple[float, float]] = []
        """MB of the server and of its worker, looked at all the time."""

    async def run(self, changes: int, requests: int) -> None:
        """So many changes with so many requests between them."""
        each, asked = max(1, changes // max(1, requests)), 0
        keys: list[str] = []
        document = self._documents[0]
        for number in range(changes):
            if not keys:
                document = self._source.choice(self._documents)
                if document.long:
                    document.start_again()
                line = self._source.choice(_LINES).format(n=self._source.randrange(100))
                keys = [*line, "\n"]
            document.type(keys.pop(0))
            if number % _LOOK == 0:
                await self._server.ask("pippy/status", {}, 120)
                self.memory.append(_memory(self._server))
            if number % each == 0 and asked < requests:
                asked += 1
                await self._ask(document)
        if self._ghost is not None:
            await self._ghost

    async def _ask(self, document: Document) -> None:
        line, character = document.end
        kind = self._source.choice(("ghost", "ghost", "hover", "completion", "codeAction"))
        if kind == "ghost":
            self._ask_ghost(document)
            return
        place = pipe.place(document.uri, self._source.randrange(line + 1), max(0, character - 1))
        if kind == "codeAction":
            at = place.pop("position")
            place |= {"range": {"start": at, "end": at}, "context": {"diagnostics": []}}
        began = self._server.clock()
        await self._server.ask(f"textDocument/{kind}", place, 120)
        self.times.append(1000 * (self._server.clock() - began))

    def _ask_ghost(self, document: Document) -> None:
        """Ask, and take the one before back if it is not answered yet."""
        if self._ghost is not None and not self._ghost.done():
            self._server.notify("$/cancelRequest", {"id": self._ghost_id})
        params = pipe.inline(document.uri, *document.end, invoked=False)
        self._ghost_id, self._ghost = self._server.request("textDocument/inlineCompletion", params)


async def soak(changes: int, requests: int, *, model: str = MODEL, seed: int = 0) -> Report:
    """Edit that long; see `Report`."""
    async with pipe.server(model) as server:
        began = server.clock()
        await server.initialize()
        await server.ready()
        work = Soak(server, seed)
        memory: list[tuple[float, float]] = []
        slowest: list[float] = []
        files = 0
        for number in range(_PARTS):
            work.times, work.memory = [], []
            await work.run(changes // _PARTS, requests // _PARTS)
            status = (await server.ask("pippy/status", {}, 120))["result"]
            slowest.append(round(percentile(work.times, 99), 1))
            mine, workers = zip(*work.memory, strict=True)
            memory.append((max(mine), max(workers)))
            files = files or server.psutil.num_fds()
            print(number, memory[-1], slowest[-1], file=sys.stderr, flush=True)
        hard = [e for e in server.errors if e["error"]["code"] != _CANCELLED]
        server_mb, worker_mb = zip(*memory, strict=True)
        return Report(
            changes=changes,
            requests=requests,
            failed=len(hard),
            minutes=round((server.clock() - began) / 60, 1),
            server_mb=server_mb,
            worker_mb=worker_mb,
            server_growth_percent=_growth(server_mb),
            worker_growth_percent=_growth(worker_mb),
            files_more=server.psutil.num_fds() - files,
            generated=status["spent"]["generated"],
            p99_ms=tuple(slowest),
            p99_ratio=round(median(slowest[6:]) / median(slowest[2:6]), 2),
        )


def _growth(peaks: tuple[float, ...]) -> float:
    """Percent, after the warm-up."""
    return round(100 * (peaks[-1] / max(peaks[:_WARM]) - 1), 1)


def _memory(server: pipe.Pipe) -> tuple[float, float]:
    """MB of the server and of its worker."""
    mine = server.psutil.memory_info().rss
    workers = sum(each.memory_info().rss for each in server.workers())
    return round(mine / 2**20, 1), round(workers / 2**20, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=5_000)
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    work = soak(options.changes, options.requests, model=options.model, seed=options.seed)
    found = asyncio.run(work)
    print(json.dumps(asdict(found), indent=2))
    told = results.Found(
        reliability_figures.soak(asdict(found)), options.seed, [options.model], (), asdict(found)
    )
    results.write(options.json, "soak", told)


if __name__ == "__main__":
    main()
