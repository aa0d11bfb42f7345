"""The worker killed again and again while an editor works: `python -m benchmarks.faults`.

A request that is under way then must be answered (with nothing), the next one after the reload must
have the model's work in it, and neither processes nor files nor memory may pile up.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from benchmarks import pipe, reliability_figures, results
from benchmarks.stats import median
from pippy_lsp.errors import EngineError

MODEL = "smollm2-135m-instruct"
URI = "untitled:faults"
_TEXT = "total = 0\nfor number in range(10):\n    "
_CANCELLED = -32800
_WARM = 3
"""Kills before memory and files are counted the first time."""


@dataclass(frozen=True)
class Report:
    """What many kills did."""

    kills: int
    while_loading: int
    requests: int
    """Sent by the editor meanwhile; each of them was answered."""
    hard_errors: int
    """Answers that were errors."""
    recovered: int
    """Kills after which the model answered again."""
    reload_s_median: float
    reload_s_longest: float
    zombies: int
    files_more: int
    """Open files of the server after the last kill, less those after the first ones."""
    memory_growth_percent: float
    shown: int
    """Messages that the child saw of it all."""


class Typist:
    """An editor that goes on asking, whatever happens."""

    def __init__(self, server: pipe.Pipe) -> None:
        self._server = server
        self._version = 1
        self.asked = 0
        self.going = asyncio.Event()
        """Cleared while somebody else asks: there is one cursor, and the newest request holds."""
        self.going.set()
        self.task = asyncio.ensure_future(self._type())

    async def _type(self) -> None:
        while True:
            await self.going.wait()
            self._version += 1
            document = {"uri": URI, "version": self._version}
            text = f"{_TEXT}total = total + {self._version}\n    "
            change = {"textDocument": document, "contentChanges": [{"text": text}]}
            self._server.notify("textDocument/didChange", change)
            work = [
                self._server.ask("textDocument/inlineCompletion", pipe.inline(URI, 3, 4)),
                self._server.ask("textDocument/hover", pipe.place(URI, 1, 20)),
            ]
            self.asked += len(work)
            await asyncio.gather(*work)
            await asyncio.sleep(0.1)


async def kill_often(kills: int, *, model: str = MODEL, seed: int = 0) -> Report:
    """Kill the worker so often, at any moment of its life.

    Raises: TimeoutError when a request gets no answer, or the model does not come back.
    """
    source = random.Random(seed)
    async with pipe.server(model) as server:
        await server.initialize(completion={"timeoutS": 60})
        server.open(URI, _TEXT)
        await server.ready()
        typist = Typist(server)
        reloads: list[float] = []
        loading = recovered = files = memory = 0
        for number in range(kills):
            if number == min(_WARM, kills - 1):
                files, memory = server.psutil.num_fds(), server.psutil.memory_info().rss
            early = number % 5 == 4
            loading += await _kill(server, source, early=early)
            began = server.clock()
            await server.ready()
            reloads.append(server.clock() - began)
            typist.going.clear()
            recovered += await _answers(server, number)
            typist.going.set()
        grown = server.psutil.memory_info().rss / memory - 1
        more = server.psutil.num_fds() - files
        zombies = [c for c in server.children() if c.status() == psutil.STATUS_ZOMBIE]
        typist.task.cancel()
        hard = [e for e in server.errors if e["error"]["code"] != _CANCELLED]
        return Report(
            kills=kills,
            while_loading=loading,
            requests=typist.asked,
            hard_errors=len(hard),
            recovered=recovered,
            reload_s_median=round(median(reloads), 2),
            reload_s_longest=round(max(reloads), 2),
            zombies=len(zombies),
            files_more=more,
            memory_growth_percent=round(100 * grown, 1),
            shown=len(server.shown),
        )


async def _kill(server: pipe.Pipe, source: random.Random, *, early: bool) -> bool:
    """Kill the worker at some moment; `early`: and the next one too, while it loads. A model whose
    load is killed twice in a row counts as broken, so that is done only once in a row.
    """
    await asyncio.sleep(source.uniform(0, 0.3))
    first = server.workers()
    for worker in first:
        worker.kill()
    if not early:
        await _another(server, first)
        return False
    found = await _another(server, first)
    await asyncio.sleep(source.uniform(0, 0.2))
    status = (await server.ask("pippy/status", {}))["result"]
    found.kill()
    await _another(server, [found])
    return bool(status["phase"] == "loading")


async def _another(server: pipe.Pipe, before: list[psutil.Process]) -> psutil.Process:
    end = server.clock() + 60
    while server.clock() < end:
        fresh = [each for each in server.workers() if each not in before]
        if fresh:
            return fresh[0]
        await asyncio.sleep(0.02)
    raise EngineError


async def _answers(server: pipe.Pipe, number: int) -> bool:
    """Whether a fresh document is answered with the model's work."""
    uri = f"untitled:after-{number}"
    server.open(uri, f"things_{number} = []\nfor thing in things_{number}:\n    ")
    before = await _written(server)
    answer = await server.ask("textDocument/inlineCompletion", pipe.inline(uri, 2, 4), 90)
    server.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    return "result" in answer and await _written(server) > before


async def _written(server: pipe.Pipe) -> int:
    """Tokens that the model has written so far."""
    status = await server.ask("pippy/status", {})
    return int(status["result"]["spent"]["generated"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = asyncio.run(kill_often(options.kills, model=options.model, seed=options.seed))
    text = json.dumps(asdict(found), indent=2)
    print(text)
    told = results.Found(
        reliability_figures.faults(asdict(found)), options.seed, [options.model], (), asdict(found)
    )
    results.write(options.json, "faults", told)


if __name__ == "__main__":
    main()
