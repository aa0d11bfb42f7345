"""A figure for each promise of docs/reliability.md: `python -m benchmarks.reliability`.

It runs the long forms one after another and writes benchmarks/reliability.json, and from it the
table in docs/reliability.md. `--scale 0.1` does a tenth of everything; what was done stands there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
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
    safe, kill, fuzzed, soaked = (found[part] for part in ("safety", "faults", "fuzz", "soak"))
    p99, reload = soaked["p99_ms"], kill["reload_s_median"]
    mb = soaked["server_mb"]
    rows = [
        ("worker killed", f"{kill['kills']:,} times under load, {kill['requests']:,} requests"),
        ("the model answers again", kill["recovered"]),
        ("requests answered with an error", kill["hard_errors"]),
        ("zombies, open files more", f"{kill['zombies']}, {kill['files_more']}"),
        ("memory of the server", f"{kill['memory_growth_percent']:+} %"),
        ("reload, median", f"{reload} s, beside other work on this computer"),
        ("anything sent or read", f"{fuzzed['cases']:,} cases, half of them messages, half files"),
        ("crashes, requests without an answer", f"{fuzzed['crashes']}, {fuzzed['unanswered']}"),
        ("looks over 5 s", fuzzed["hangs"]),
        (
            "the longest look (50 messages)",
            f"{fuzzed['longest_s']} s, of which at most {fuzzed['longest_cpu_s']} s of CPU",
        ),
        ("editing", f"{soaked['changes']:,} changes, {soaked['requests']:,} requests"),
        ("failed requests", soaked["failed"]),
        ("most memory of the server, warm and at the end", f"{max(mb[:2])} and {mb[-1]} MB"),
        ("memory of the server, of the worker", _both(soaked)),
        ("p99 of plain requests, first and last tenth", f"{p99[0]:.0f} and {p99[-1]:.0f} ms"),
        ("safety", f"{safe['cases']} cases with {safe['model']}"),
        ("bad outputs", safe["bad"]),
        ("without the gate", safe["bad_without_gate"]),
        ("the model alone, without our prompts and checks", safe["bad_model_alone"]),
    ]
    if alarms := safe.get("false_alarms"):
        share = 100 * alarms["wrong"] / alarms["lines"]
        held = f"{alarms['wrong']} of {alarms['lines']:,} ({share:.1f} %)"
        rows.append(("lines of real programs held back", held))
    return (
        "\n".join(["| what | figure |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows)]) + "\n"
    )


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
