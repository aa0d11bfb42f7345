"""What `python -m benchmarks.infill` has found out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks import raw, stats
from benchmarks.humaneval import Row
from benchmarks.infill_losses import Loss
from benchmarks.infill_ours import Shown
from benchmarks.judge import Verdict
from benchmarks.raw import Way
from benchmarks.results import Figure, count, figure


@dataclass(frozen=True)
class Side:
    """One side's answers to the rows."""

    lines: list[str]
    passed: list[bool]
    exact: list[bool]


@dataclass(frozen=True)
class Judged:
    """A place where something was shown, and what the judge says of each suggestion."""

    name: str
    shown: Shown
    verdicts: list[Verdict]


@dataclass(frozen=True)
class Results:
    """All that was measured."""

    rows: list[Row]
    raw: dict[Way, Side]
    ours: dict[str, Side]
    """By how it was asked: "automatic", and "invoked" where that was wanted; each by its first
    line, and with "all lines"."""
    shown: dict[str, list[Judged]]
    """What was shown for the rows (by how it was asked) and in "programs"."""
    places: int
    losses: list[Loss] = field(default_factory=list)


def best_way(sides: dict[Way, Side]) -> Way:
    """The way of asking in which the raw model does best."""
    return raw.best(
        {way: side.passed for way, side in sides.items()},
        {way: side.exact for way, side in sides.items()},
    )


def as_json(results: Results) -> dict[str, Any]:
    """All answers, for `--json`."""
    return {
        "rows": [row.name for row in results.rows],
        "truth": [row.truth for row in results.rows],
        "best": str(best_way(results.raw)),
        "raw": {str(way): asdict(side) for way, side in results.raw.items()},
        "ours": {name: asdict(side) for name, side in results.ours.items()},
        "shown": {
            name: [
                {
                    "name": each.name,
                    "texts": each.shown.texts,
                    "line": each.shown.before.rpartition("\n")[2],
                    "verdicts": [asdict(verdict) for verdict in each.verdicts],
                }
                for each in found
            ]
            for name, found in results.shown.items()
        },
        "losses": [asdict(loss) for loss in results.losses],
    }


def figures(results: Results, seed: int) -> list[Figure]:
    """Ours beside the raw model's best way, and what the judge says of all that was shown."""
    best = results.raw[best_way(results.raw)]
    found: list[Figure] = []
    for name, side in results.ours.items():
        table = f"HumanEval's single lines, asked {name}"
        for what, mine, other in (
            ("passes", side.passed, best.passed),
            ("exact", side.exact, best.exact),
        ):
            n = len(mine)
            less = stats.difference(list(map(float, mine)), list(map(float, other)), seed=seed)
            found.append(figure(what, stats.wilson(sum(mine), n), n, "%", table=table))
            found.append(
                figure(what, stats.wilson(sum(other), n), n, "%", "the raw model, best way", table)
            )
            found.append(figure(what, less, n, "points", "difference", table))
    for name, judged in results.shown.items():
        found += _judged(name, judged)
    return found


def _judged(name: str, found: list[Judged]) -> list[Figure]:
    verdicts = [verdict for each in found for verdict in each.verdicts]
    table, n = "what was shown, judged by ast.parse and pyflakes", len(verdicts)
    where = "in children's programs" if name == "programs" else f"in HumanEval, {name}"
    if not n:
        return [count(f"suggestions {where}", 0, len(found), table=table)]
    broken = sum(bool(verdict.error) for verdict in verdicts)
    unknown = sum(bool(verdict.undefined) for verdict in verdicts)
    return [
        figure(f"does not parse, {where}", stats.wilson(broken, n), n, "%", table=table),
        figure(f"has an unknown name, {where}", stats.wilson(unknown, n), n, "%", table=table),
    ]
