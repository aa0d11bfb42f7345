"""Anything at all is sent and read: `python -m benchmarks.fuzz --cases 100000 [--seed N]`.

Half of the cases are messages to one real server over stdio, half are files. The server must live,
answer each request that can be answered, and never keep an editor waiting for more than 5 seconds;
each file must be read or refused with a sentence.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import struct
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks import pipe, reliability_figures, results
from benchmarks.fuzz_files import Files
from benchmarks.fuzz_messages import TEXTS, URIS, Maker

LONGEST_SECONDS = 5.0
_BATCH = 50
"""Messages between two looks whether the server still answers."""


@dataclass
class Report:
    """What came of it."""

    cases: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    crashes: int = 0
    unanswered: int = 0
    """Requests without an answer."""
    hangs: int = 0
    """Looks that took longer than 5 seconds."""
    longest_s: float = 0.0
    longest_cpu_s: float = 0.0
    """The most that the server computed between two looks: what a busy computer does not change."""
    outcomes: dict[str, int] = field(default_factory=dict)
    """Files by kind and by what was said; "" is a file that can be read."""
    failures: list[str] = field(default_factory=list)
    """Errors that are none of ours."""


async def messages(count: int, seed: int, report: Report) -> None:
    """Send so many to one server; a server that dies is counted and started again."""
    maker = Maker(seed)
    kinds: Counter[str] = Counter()
    left = count
    while left > 0:
        async with pipe.server("no-such-model") as server:
            await server.initialize()
            server.open(URIS[0], TEXTS[1])
            left -= await _session(server, maker, left, kinds, report)
    report.cases += count
    report.kinds.update(kinds)


async def _session(
    server: pipe.Pipe, maker: Maker, count: int, kinds: Counter[str], report: Report
) -> int:
    """Messages sent until all are, or until the server died."""
    sent, owed = 0, set[int]()
    answered = server.answered
    while sent < count:
        for _ in range(min(_BATCH, count - sent)):
            case = maker.case()
            kinds[case.kind] += 1
            server.raw(case.data)
            sent += 1
            if case.id is not None:
                owed.add(case.id)
        began, used = server.clock(), server.cpu()
        try:
            await server.flush()
            await server.ask("pippy/status", {}, 60)
        except (OSError, asyncio.TimeoutError):
            report.crashes += 1
            report.failures.append(f"the server ended or hung after message {sent}")
            return sent
        took = server.clock() - began
        report.hangs += took > LONGEST_SECONDS
        report.longest_s = round(max(report.longest_s, took), 2)
        report.longest_cpu_s = round(max(report.longest_cpu_s, server.cpu() - used), 2)
        owed -= answered
    await asyncio.sleep(2)
    report.unanswered += len(owed - answered)
    return sent


def files(count: int, seed: int, report: Report, gguf: bytes) -> None:
    """Write and read so many."""
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        maker = Files(Path(folder), seed, gguf)
        names = list(maker.kinds)
        for number in range(count):
            kind = names[number % len(names)]
            began = time.monotonic()
            try:
                outcomes[f"{kind} {maker.kinds[kind]()}"] += 1
            except Exception as error:  # noqa: BLE001 - just these are looked for
                report.failures.append(f"{kind}: {type(error).__name__}: {error}"[:200])
            took = time.monotonic() - began
            report.hangs += took > LONGEST_SECONDS
            report.longest_s = round(max(report.longest_s, took), 2)
    report.cases += count
    report.outcomes.update(outcomes)


def small_gguf() -> bytes:
    """A sound file with one tensor; its header has what all have."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    strings = b"".join(text(word) for word in ("<s>", "a", "b"))
    pairs = [
        ("general.architecture", struct.pack("<I", 8) + text("llama")),
        ("llama.block_count", struct.pack("<II", 4, 2)),
        ("llama.context_length", struct.pack("<II", 4, 2048)),
        ("llama.embedding_length", struct.pack("<II", 4, 64)),
        ("llama.attention.head_count", struct.pack("<II", 4, 8)),
        ("tokenizer.ggml.tokens", struct.pack("<IIQ", 9, 8, 3) + strings),
    ]
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(pairs))
    head += b"".join(text(key) + value for key, value in pairs)
    head += text("token_embd.weight") + struct.pack("<IQQIQ", 2, 64, 3, 0, 0)
    return head + bytes(-len(head) % 32) + bytes(64 * 3 * 4)


def run(cases: int, seed: int) -> Report:
    """Half messages, half files."""
    report = Report()
    files(cases // 2, seed, report, small_gguf())
    asyncio.run(messages(cases - cases // 2, seed, report))
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    report = run(options.cases, options.seed)
    text = json.dumps(asdict(report), indent=2, ensure_ascii=False)
    print(text)
    told = results.Found(
        reliability_figures.fuzz(asdict(report)), options.seed, (), (), asdict(report)
    )
    results.write(options.json, "fuzz", told)
    sys.exit(bool(report.failures or report.hangs or report.unanswered))


if __name__ == "__main__":
    main()
