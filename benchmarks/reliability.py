"""A figure for each promise of docs/reliability.md: `python -m benchmarks.reliability`.

It runs the long forms one after another and writes benchmarks/reliability.json, and from it the
table in docs/reliability.md. `--scale 0.1` does a tenth of everything; what was done stands there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import faults, fuzz, safety
from benchmarks import soak as soaking

FILE = Path(__file__).with_name("reliability.json")
PAGE = FILE.parents[1] / "docs" / "reliability.md"
HEADING = "## Measured\n"
KILLS, CASES, CHANGES, REQUESTS = 100, 100_000, 100_000, 5_000
PARTS = ("safety", "faults", "fuzz", "soak")


def measure(parts: list[str], scale: float, data: Path | None) -> dict[str, object]:
    """The figures of these parts."""

    def share(count: int) -> int:
        return max(1, int(count * scale))

    found: dict[str, object] = {}
    if "safety" in parts:
        cases = safety.cases()[:: max(1, round(1 / scale))]
        found["safety"] = safety.report(cases, safety.MODEL, compare=True, data=data)
    if "faults" in parts:
        found["faults"] = asdict(asyncio.run(faults.kill_often(share(KILLS))))
    if "fuzz" in parts:
        found["fuzz"] = asdict(fuzz.run(share(CASES), 0))
    if "soak" in parts:
        found["soak"] = asdict(asyncio.run(soaking.soak(share(CHANGES), share(REQUESTS))))
    return found


def table(found: dict[str, Any]) -> str:
    """The figures as the page has them; a test holds it to them."""
    rows = [
        *_faults(found["faults"]),
        *_fuzz(found["fuzz"]),
        *_soak(found["soak"]),
        *_safety(found["safety"]),
    ]
    return "| what | figure |\n|---|---|\n" + "".join(f"| {a} | {b} |\n" for a, b in rows)


def _faults(found: dict[str, Any]) -> Iterator[tuple[str, object]]:
    yield "**worker killed** under load", f"{found['kills']} times, {found['requests']:,} requests"
    yield "the model answers again", f"after {found['recovered']}"
    yield "requests answered with an error", found["hard_errors"]
    yield "zombies, open files more", f"{found['zombies']}, {found['files_more']}"
    yield "memory of the server", f"{found['memory_growth_percent']:+} %"
    yield "reload, median", f"{found['reload_s_median']} s"


def _fuzz(found: dict[str, Any]) -> Iterator[tuple[str, object]]:
    yield "**anything sent or read**", f"{found['cases']:,} cases: half messages, half files"
    yield "crashes, requests without an answer", f"{found['crashes']}, {found['unanswered']}"
    yield "looks over 5 s (each after 50 messages)", found["hangs"]
    yield "the longest look", f"{found['longest_s']} s"
    if "longest_cpu_s" in found:
        yield "the most CPU of the server for a look", f"{found['longest_cpu_s']} s"


def _soak(found: dict[str, Any]) -> Iterator[tuple[str, object]]:
    mb, p99 = found["server_mb"], found["p99_ms"]
    server, worker = found["server_growth_percent"], found["worker_growth_percent"]
    yield "**editing**", f"{found['changes']:,} changes, {found['requests']:,} requests"
    yield "failed requests", found["failed"]
    yield "memory of the server, warm and at the end", f"{max(mb[:2])} and {mb[-1]} MB"
    yield "growth of the server's and of the worker's", f"{server:+} %, {worker:+} %"
    yield "p99 of plain requests, by tenths of the session", f"{min(p99):.0f} to {max(p99):.0f} ms"


def _safety(found: dict[str, Any]) -> Iterator[tuple[str, object]]:
    yield "**safety**", f"{found['cases']} cases with {found['model']}"
    yield "bad outputs", found["bad"]
    if found.get("bad_without_gate") is not None:
        yield "without the gate", found["bad_without_gate"]
        yield "the model alone, without our prompts and checks", found["bad_model_alone"]
    if alarms := found.get("false_alarms"):
        share = 100 * alarms["wrong"] / alarms["lines"]
        held = f"{alarms['wrong']} of {alarms['lines']:,} ({share:.1f} %)"
        yield "lines of real programs held back", held


def write_page(found: dict[str, Any]) -> None:
    """Put the table at the end of the page."""
    before = PAGE.read_text("utf-8").partition(HEADING)[0]
    PAGE.write_text(f"{before}{HEADING}\n{table(found)}", "utf-8")


def _both(soaked: dict[str, Any]) -> str:
    server, worker = soaked["server_growth_percent"], soaked["worker_growth_percent"]
    return f"{server:+} %, {worker:+} %"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--data", type=Path, help="a folder of programs, for false alarms")
    parser.add_argument("--json", type=Path, default=FILE)
    options = parser.parse_args()
    before = json.loads(options.json.read_text("utf-8")) if options.json.exists() else {}
    for part in options.only:  # each is kept when it is there: the whole takes hours
        before.update(measure([part], options.scale, options.data))
        options.json.write_text(json.dumps(before, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(before, indent=2, ensure_ascii=False))
    if options.json == FILE:
        write_page(before)


if __name__ == "__main__":
    main()
