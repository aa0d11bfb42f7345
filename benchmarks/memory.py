"""What each model that is installed takes: memory, the time to load, the speed.

    python -m benchmarks.memory [--model NAME ...] [--rounds N] [--json FILE]

Each is loaded by the real worker at the server's own context size, and asked for infill of a fresh
program in each round, so that its KV cache fills up. Memory is that of the worker's process after
that; "as reckoned" is what the program says that it needs before it loads.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks import raw, results, stats
from benchmarks.results import Figure, Found, count, figure
from benchmarks.terminal import refused
from pippy_lsp.engine import gguf, models
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.protocol import Infill, Request, complete
from pippy_lsp.errors import PippyError
from pippy_lsp.settings import ModelSettings

READ, WRITTEN = 60, 24
"""Lines of a program that are read, and tokens that are written."""
_MB = 2**20


@dataclass
class Taken:
    """What one model takes."""

    file_mb: float
    reckoned_mb: float
    load_s: float
    memory_mb: float = 0.0
    read_tps: list[float] = field(default_factory=list)
    write_tps: list[float] = field(default_factory=list)


async def measure(name: str, rounds: int) -> Taken:
    """Load the model and let it work. Raises: ModelError, EngineError."""
    settings = ModelSettings(name=name)
    info = gguf.read(models.resolve(name).path)
    engine = LlamaEngine(settings)
    try:
        about = await engine.ready(raw.READY_SECONDS)
        reckoned = models.needed_memory(info, settings.context) / _MB
        found = Taken(info.size / _MB, reckoned, about.load_seconds)
        for number in range(rounds):
            text = "".join(f"score_{number} = points + {n}\n" for n in range(READ))
            usage = (await complete(engine, Request(Infill(text, "\n"), WRITTEN))).usage
            found.read_tps.append(1000 * usage.evaluated / max(usage.first_ms, 1e-6))
            if usage.generated > 1:
                wrote = usage.total_ms - usage.first_ms
                found.write_tps.append(1000 * (usage.generated - 1) / max(wrote, 1e-6))
        found.memory_mb = psutil.Process(engine.pid).memory_info().rss / _MB
        return found
    finally:
        await engine.close()


def figures(found: dict[str, Taken], seed: int = 0) -> list[Figure]:
    """A row for what was measured, a column for each model."""
    told = []
    for name, taken in found.items():
        rounds = len(taken.read_tps)
        told += [
            count("worker's memory", taken.memory_mb, rounds, "MB", of=name),
            count("memory as reckoned before", taken.reckoned_mb, 1, "MB", of=name),
            count("file", taken.file_mb, 1, "MB", of=name),
            count("load", taken.load_s, 1, "s", of=name),
        ]
        for what, values in (("reads", taken.read_tps), ("writes", taken.write_tps)):
            middle = stats.bootstrap(values, stats.median, seed=seed)
            told.append(figure(what, middle, len(values), "tokens/s", name))
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.memory",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", action="append", help="more than one will do (default: all)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    found: dict[str, Taken] = {}
    try:
        for name in given.model or [each.name for each in models.installed()]:
            print(f"{name} ...", file=sys.stderr, flush=True)
            found[name] = asyncio.run(measure(name, given.rounds))
        print(results.table(figures(found)))
        results.write(given.json, "memory", Found(figures(found), 0, list(found)))
    except PippyError as error:
        return refused(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
