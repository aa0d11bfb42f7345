"""A figure for each promise of docs/reliability.md: `python -m benchmarks.reliability`.

It runs the long forms one after another and writes benchmarks/reliability.json. `--scale 0.1` does
a tenth of everything; what was done stands in the file.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import asdict
from pathlib import Path

from benchmarks import faults, fuzz, safety
from benchmarks import soak as soaking

FILE = Path(__file__).with_name("reliability.json")
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


if __name__ == "__main__":
    main()
