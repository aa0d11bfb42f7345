"""What CodeLlama costs on this machine, by a file of its exact shape with made-up weights.

    python -m benchmarks.codellama_shape [--size 7b|13b] [--keys N] [--folder FOLDER] [--json FILE]

The file (7B: 4.1 GB, 13B: 7.9 GB; removed afterwards) has Q4_K_M's mixture, so its speed and memory
are those of the real one; what it writes means nothing. It is loaded by the real worker, asked for
infill with the suffix first, whose KV cache a keystroke goes on with, and with the prefix first,
where a keystroke reads the suffix again. Then llama.cpp alone compares the KV cache in f16 and in
q8_0, and times the check of drafted tokens.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import llama_cpp.llama_cpp as lib
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks import machine_bound, raw, results, stats
from benchmarks.decoding import Q8_0, Trial
from benchmarks.stats import median
from pippy_lsp.engine import gguf, models
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.protocol import Infill, Request, Usage, complete
from pippy_lsp.engine.spelling import Order
from tests import codellama, ggufs

CONTEXT = 2048
READ, WRITTEN = 128, 12
"""Tokens."""
MOST_READ_AGAIN = 6
"""Keystrokes with the prefix first: each takes seconds."""
LOAD_SECONDS = 900.0
DRAFTS = (1, 2, 4, 8)
"""Tokens checked in one step: what was written, and what was drafted after it."""
SAVED = 0.23
"""Of the steps, by drafts of one token from the text that is there (README, prompt lookup)."""
_MB = 2**20
TYPED = "x + y * (number - 1)"
BEFORE = """\
import random

score = 0
player = input("name ")
for number in range(10):
    x = random.randint(1, 6)
    print(player, "score", score)
    if x == 6:
        score = score + """
AFTER = """
    else:
        print("not", number)
        y = input("continue ")
        if y == "a":
            break

print(player, "score", score)
"""


class Shape(NamedTuple):
    """How large the model is."""

    layers: int
    embedding: int
    inner: int


SIZES = {"7b": Shape(32, 4096, 11_008), "13b": Shape(40, 5120, 13_824)}
Found = dict[str, Any]


def enough_disk(shape: Shape, folder: Path) -> bool:
    """Whether the file fits on the disk, and a gigabyte stays free."""
    tensors = codellama.shapes(*shape, ggufs.Q4_K, ggufs.Q6_K)
    needed = sum(map(ggufs.size_of, tensors))
    return shutil.disk_usage(folder).free > needed + 1024 * _MB


async def with_worker(path: Path, order: Order, keys: int, context: int) -> Found:
    """A worker's memory, load and speed, and the first token of each of so many keystrokes."""
    engine = raw.engine(str(path), order, context)
    try:
        about = await engine.ready(LOAD_SECONDS)
        assert engine.pid is not None  # noqa: S101 - it is ready
        loaded = psutil.Process(engine.pid).memory_info().rss
        _say(f"{order}: loaded in {about.load_seconds:.0f} s")
        fresh = await _ask(engine, _words(READ), "", WRITTEN)
        typed = [await _ask(engine, BEFORE, AFTER, 1)]
        for count in range(1, keys + 1):
            typed.append(await _ask(engine, BEFORE + TYPED[:count], AFTER, 1))
            _say(f"{order}: key {count}: {typed[-1].first_ms:.0f} ms")
        return {
            "load_s": about.load_seconds,
            "memory_mb": loaded // _MB,
            "memory_after_mb": psutil.Process(engine.pid).memory_info().rss // _MB,
            "prompt_tps": 1000 * fresh.evaluated / fresh.first_ms,
            "decode_tps": 1000 * (fresh.generated - 1) / (fresh.total_ms - fresh.first_ms),
            "first_key_ms": typed[0].first_ms,
            "prompt_tokens": typed[0].prompt,
            "keys_ms": [usage.first_ms for usage in typed[1:]],
            "keys_evaluated": [usage.evaluated for usage in typed[1:]],
        }
    finally:
        await engine.close()


async def _ask(engine: LlamaEngine, before: str, after: str, tokens: int) -> Usage:
    return (await complete(engine, Request(Infill(before, after), tokens))).usage


def _words(count: int) -> str:
    return "".join(f"score = number + {n}\n" for n in range(count // 6))


class Check(Trial):
    """The model in this process, with a KV cache of one kind."""

    def drafted(self, count: int) -> float:
        """Milliseconds of a step that scores so many tokens."""
        best = float("inf")
        for _ in range(3):
            self.keep(0, READ)
            self._batch.n_tokens = count
            for index in range(count):
                self._put(index, 5 + index, READ + index, 0, scored=True)
            began = time.perf_counter()
            lib.llama_decode(self._context, self._batch)
            self.logits()
            best = min(best, (time.perf_counter() - began) * 1000)
        return best

    def close(self) -> None:
        """Give the memory back."""
        lib.llama_free(self._context)
        lib.llama_model_free(self._model)


def alone(path: Path, threads: int) -> Found:
    """llama.cpp alone: milliseconds a token with each kind of KV cache, and of drafts."""
    found: Found = {}
    for name, kind in (("f16", None), ("q8_0", Q8_0)):

        def change(params: Any, kind: int | None = kind) -> None:  # noqa: ANN401
            if kind is not None:
                params.type_k = params.type_v = kind

        trial = Check(path, threads, change)
        read, wrote = trial.times([5 + n % 200 for n in range(READ)])
        found[f"kv_{name}"] = {"read_ms": read, "write_ms": wrote}
        if kind is None:
            found["draft_ms"] = {str(count): trial.drafted(count) for count in DRAFTS}
        trial.close()
        _say(f"KV cache in {name}: reads {read:.0f} and writes {wrote:.0f} ms a token")
    return found


def measure(shape: Shape, folder: Path, keys: int, context: int = CONTEXT) -> Found:
    """All figures; the file is removed at the end."""
    path = folder / "codellama-instruct-made.Q4_K_M.gguf"
    try:
        began = time.perf_counter()
        codellama.write_full(path, **shape._asdict())
        _say(f"written in {time.perf_counter() - began:.0f} s")
        info = gguf.read(path)
        bound = machine_bound.bound(path)
        found: Found = {
            "size_mb": info.size // _MB,
            "expected_mb": models.needed_memory(info, context) // _MB,
            "kv_f16_mb": info.kv_bytes * context // _MB,
            "bandwidth_gb_s": bound.machine.bandwidth / 1e9,
            "bound_token_ms": bound.token_ms,
            "bound_prompt_ms": bound.prompt_ms,
        }
        for order in raw.ORDERS:
            count = keys if order == "suffix-first" else min(keys, MOST_READ_AGAIN)
            found[order] = asyncio.run(with_worker(path, order, count, context))
        return found | alone(path, bound.machine.threads)
    finally:
        path.unlink(missing_ok=True)


def rows(found: Found) -> list[tuple[str, str]]:
    """The figures in words."""
    ours, other = found["suffix-first"], found["prefix-first"]
    kept, again = median(ours["keys_ms"]), median(other["keys_ms"])
    f16, q8 = found["kv_f16"], found["kv_q8_0"]
    drafts = found["draft_ms"]
    step = drafts["2"] / drafts["1"]
    return [
        ("file, MB", f"{found['size_mb']}"),
        ("worker's memory, MB (expected)", f"{ours['memory_after_mb']} ({found['expected_mb']})"),
        ("load, s", f"{ours['load_s']:.1f}"),
        ("prompt, tokens a second", f"{ours['prompt_tps']:.1f}"),
        ("generation, tokens a second", f"{ours['decode_tps']:.2f}"),
        ("a token against the bandwidth's bound", _over(1000 / ours["decode_tps"], found)),
        ("first token of a fresh place, ms", f"{ours['first_key_ms']:.0f}"),
        ("first token while typing, suffix first, ms", f"{kept:.0f}"),
        ("first token while typing, prefix first, ms", f"{again:.0f}"),
        ("the ratio", f"{kept / again:.3f}"),
        ("KV cache, f16 / q8_0, MB", f"{found['kv_f16_mb']} / {found['kv_f16_mb'] * 34 // 64}"),
        ("reading with q8_0 against f16", f"{q8['read_ms'] / f16['read_ms']:.2f}"),
        ("writing with q8_0 against f16", f"{q8['write_ms'] / f16['write_ms']:.2f}"),
        *((f"a step that checks {n} tokens", f"{drafts[n] / drafts['1']:.2f}") for n in drafts),
        ("drafting a token: time a token", f"{step * (1 - SAVED):.2f}"),
    ]


def figures(found: Found) -> list[results.Figure]:
    """The worker's memory and its keystrokes, for the results."""
    told = [
        results.count("file", found["size_mb"], 1, "MB"),
        results.count("worker's memory", found["suffix-first"]["memory_after_mb"], 1, "MB"),
        results.count("memory as it was reckoned", found["expected_mb"], 1, "MB"),
        results.count("generation", found["suffix-first"]["decode_tps"], WRITTEN, "tokens/s"),
    ]
    for order in raw.ORDERS:
        keys = found[order]["keys_ms"]
        middle = stats.bootstrap(keys, stats.median)
        told.append(results.figure(f"first token while typing, {order}", middle, len(keys), "ms"))
    return told


def _over(token_ms: float, found: Found) -> str:
    return f"{token_ms / found['bound_token_ms']:.2f} ({found['bandwidth_gb_s']:.0f} GB/s)"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser("benchmarks.codellama_shape", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="7b")
    parser.add_argument("--keys", type=int, default=12, help=f"keystrokes, at most {len(TYPED)}")
    parser.add_argument("--folder", type=Path, help="where the file is built (a temporary folder)")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    shape = SIZES[options.size]
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        if not enough_disk(shape, Path(folder)):
            _say("there is not enough room on the disk: name another with --folder")
            return 1
        found = measure(shape, Path(folder), options.keys)
    table = Table("CodeLlama's shape", options.size)
    for row in rows(found):
        table.add_row(*row)
    Console().print(table)
    told = results.Found(figures(found), 0, (), (), found)
    results.write(options.json, "codellama_shape", told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
