"""Which place of the system prompt makes the best ghost text: `python -m benchmarks.header`.

At each cursor of header_programs.toml the product's completer is asked with the system prompt put
in another place: nowhere, as comment lines in the prefix (and in other words), as chat, as chat
with infill tokens. The same reading and checks follow, so that only the prompt differs. Greedy.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks import results, stats
from benchmarks.header_arms import Arm, Local, arms
from benchmarks.header_places import Book, Spot, Verdict, judge, level_table, load, spots
from pippy_lsp.analysis.levels import level
from pippy_lsp.completion.suggest import Completer
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Infill
from pippy_lsp.settings import CompletionSettings

BARE, TODAY = "none", "header"
SETTINGS = CompletionSettings(debounce_ms=0, timeout_s=600.0)
"""Nothing is given up for its time: what is measured is the text."""
SHARES = ("shown", "exact", "alike", "sound", "remark", "over")
OF_SHOWN = ("remark", "over")
"""Shares of what was shown, not of all places."""


@dataclass(frozen=True)
class Row:
    """One place, asked in one way."""

    model: str
    arm: str
    spot: str
    text: str
    raw: str
    verdict: Verdict
    tokens: int
    """In the prompt."""
    evaluated: int
    """Tokens that the next key costs, with the prompt before it in the KV cache."""
    warm_ms: float
    """Until the first token after that key."""

    def value(self, name: str) -> float:
        """A yes or no of the verdict; "over" is whether something is beyond the level."""
        return float(bool(self.verdict.beyond if name == "over" else getattr(self.verdict, name)))


async def ask(engine: Local, name: str, arm: Arm, spot: Spot, levels: dict[str, int]) -> Row:
    """Ask for one suggestion, and what the child's next key would cost."""
    knows = level(spot.level).known("en")
    engine.write = lambda asked: arm(asked, knows)
    engine.asked, engine.raw = None, ""
    document = DocumentSnapshot("untitled:program", 1, spot.text)
    found = await Completer(engine).suggest(document, spot.offset, SETTINGS, level=spot.level)
    asked = engine.asked or Infill("")
    raw = engine.raw
    first = engine.cost(asked)
    after = engine.cost(Infill(asked.prefix + spot.truth.lstrip()[:1], asked.suffix, asked.header))
    text = found[0].text if found else ""
    verdict = judge(spot, text, raw, levels)
    model = engine.status.model.name if engine.status.model else ""
    ms = after.first_ms or after.total_ms
    return Row(model, name, spot.name, text, raw, verdict, first.prompt, after.evaluated, ms)


async def measure(
    engine: Local,
    book: Book,
    places: list[Spot],
    names: list[str],
    keep: Callable[[dict[str, object]], None],
) -> list[Row]:
    """Every place in each of the ways; their order changes from place to place.

    `keep` is called with all rows after each place, so that a long run may be broken off.
    """
    ways = arms(book, infill=engine.spelling.infill)
    chosen = [name for name in names or ways if name in ways]
    levels, rows, order = level_table(book), list[Row](), random.Random(0)
    columns = (
        *Progress.get_default_columns(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[at]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        title = engine.status.model.name if engine.status.model else ""
        task = progress.add_task(title, total=len(places) * len(chosen), at="")
        for spot in places:
            for name in order.sample(chosen, len(chosen)):
                rows.append(await ask(engine, name, ways[name], spot, levels))
                progress.update(task, advance=1, at=f"{spot.name}, {name}")
            keep({"rows": rows})
    return rows


def summary(rows: list[Row], seed: int) -> dict[str, dict[str, object]]:
    """By arm: the shares, the differences from today's way, and what it costs."""
    by_arm = {row.arm: list[Row]() for row in rows}
    for row in sorted(rows, key=lambda row: row.spot):
        by_arm[row.arm].append(row)
    found: dict[str, dict[str, object]] = {}
    for arm, mine in by_arm.items():
        cells: dict[str, object] = {}
        shown = [row for row in mine if row.verdict.shown]
        for name in SHARES:
            of = shown if name in OF_SHOWN else mine
            cells[name] = stats.wilson(int(sum(row.value(name) for row in of)), len(of))
            if TODAY in by_arm:
                pair = [[row.value(name) for row in by] for by in (mine, by_arm[TODAY])]
                cells[f"{name}-today"] = stats.difference(pair[0], pair[1], seed=seed)
        cells["tokens"] = stats.mean([row.tokens for row in mine])
        cells["evaluated"] = stats.mean([row.evaluated for row in mine])
        if BARE in by_arm:
            bare = by_arm[BARE]
            ratios = [row.warm_ms / old.warm_ms for row, old in zip(mine, bare, strict=True)]
            cells["warm"] = stats.bootstrap(ratios, stats.median, seed=seed)
        found[arm] = cells
    return found


def _percent(cell: object, *, sign: bool = False) -> str:
    if not isinstance(cell, stats.Interval):
        return ""
    style = "+.0f" if sign else ".0f"
    low, high = (format(100 * value, style) for value in (cell.low, cell.high))
    return f"{format(100 * cell.value, style)} [{low}, {high}]".replace("[", "(").replace("]", ")")


def tables(found: dict[str, dict[str, object]], title: str) -> list[Table]:
    """The shares and the costs; and the differences from today's way."""
    values = Table(title=f"{title}: per cent (95 % interval)")
    others = Table(title=f"{title}: points more than '{TODAY}' (95 %, paired); * is clear")
    for table in (values, others):
        for name in ("", "shown", "exact", "alike", "raw sound", "comment", "too hard"):
            table.add_column(name, no_wrap=True)
    for name in ("prompt", "next key", "warm, x of none"):
        values.add_column(name, justify="right", no_wrap=True)
    for arm, cells in found.items():
        warm = cells.get("warm")
        time = f"{warm.value:.2f} ({warm.low:.2f}, {warm.high:.2f})" if warm else ""  # type: ignore[attr-defined]
        values.add_row(
            arm,
            *(_percent(cells[name]) for name in SHARES),
            f"{cells['tokens']:.0f}",
            f"{cells['evaluated']:.1f}",
            time,
        )
        if arm != TODAY:
            others.add_row(arm, *(_difference(cells.get(f"{name}-today")) for name in SHARES))
    return [values, others]


def _difference(cell: object) -> str:
    clear = isinstance(cell, stats.Interval) and cell.clear
    return _percent(cell, sign=True) + (" *" if clear else "")


def figures(report: dict[str, dict[str, object]]) -> list[results.Figure]:
    """The shares of each way, by model."""
    found = []
    for model, kept in report.items():
        rows, summed = kept.get("rows"), kept.get("summary")
        if not isinstance(rows, list) or not isinstance(summed, dict):
            continue
        for arm, cells in summed.items():
            n = len([row for row in rows if row.arm == arm])
            found += [results.figure(s, cells[s], n, "%", arm, model) for s in SHARES]
    return found


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.header", description=__doc__)
    parser.add_argument("--model", action="append", help="a name or a path; more than one will do")
    parser.add_argument("--arm", action="append", default=[], help="only these ways (default: all)")
    parser.add_argument("--limit", type=int, default=0, help="so many places, drawn by the seed")
    parser.add_argument("--end", action="store_true", help="as if nothing came after the cursor")
    parser.add_argument("--seed", type=int, default=0, help="of the draw and of the intervals")
    parser.add_argument("--json", type=Path, help="write every answer and the summary here")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write. Raises: ModelError; OSError."""
    options = _arguments(arguments)
    book = load()
    places = list(spots(book.program, end=options.end))
    places = random.Random(options.seed).sample(
        places, min(options.limit or len(places), len(places))
    )
    console = Console(width=None if sys.stdout.isatty() else 180)
    report = dict[str, dict[str, object]]()
    for model in options.model or ["qwen2.5-coder-0.5b-instruct"]:
        report[model] = {}

        def keep(found: dict[str, object], model: str = model) -> None:
            report[model] |= found
            told = results.Found(figures(report), options.seed, list(report), (), report)
            results.write(options.json, "header", told)

        rows = asyncio.run(measure(Local(model), book, places, options.arm, keep))
        found = summary(rows, options.seed)
        keep({"summary": found})
        console.print(*tables(found, f"{model}, {len(places)} places"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
