"""The figures of a typing run, with intervals: lines are drawn again, with those of the peer."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks.replay import Line, Spent, Stroke
from benchmarks.results import OURS, Figure, Series, figure
from benchmarks.stats import Interval, percentile

DRAWS = 1000
PEER = "llama.vim"
PAUSE = 0.3
"""Seconds without a key that count as a pause."""
WITHIN = (120, 400, 1000)
"""Milliseconds that a child who pauses waits for a suggestion."""
Measure = Callable[[list[Line]], float]
"""A figure of some lines; NaN where they have nothing to measure."""


@dataclass(frozen=True)
class Metric:
    """One row of the table."""

    name: str
    measure: Measure
    share: bool = False
    """Shown in percent."""


@dataclass(frozen=True)
class Row:
    """One metric of both, and their ratio."""

    name: str
    share: bool
    ours: Interval
    peer: Interval
    ratio: Interval


def strokes(lines: Iterable[Line]) -> list[Stroke]:
    """The keystrokes of the lines."""
    return [stroke for line in lines for stroke in line.strokes]


def shown(lines: list[Line], *, new: bool) -> list[float]:
    """Milliseconds to the suggestions that were shown; the new ones where none stood before."""
    return [s.ms for s in strokes(lines) if s.ms is not None and not (new and s.along)]


def _percentile_of(values: Callable[[list[Line]], list[float]], percent: float) -> Measure:
    return lambda lines: percentile(values(lines), percent)


def _share(hits: Callable[[Stroke], bool], of: Callable[[Stroke], bool]) -> Measure:
    def measure(lines: list[Line]) -> float:
        counted = [stroke for stroke in strokes(lines) if of(stroke)]
        return sum(map(hits, counted)) / len(counted) if counted else math.nan

    return measure


def _within(milliseconds: int) -> Measure:
    return _share(
        lambda stroke: stroke.ms is not None and stroke.ms <= milliseconds,
        lambda stroke: stroke.pause >= PAUSE,
    )


def _tokens(count: Callable[[Spent], int]) -> Measure:
    def measure(lines: list[Line]) -> float:
        told = [line.spent for line in lines if line.spent is not None]
        if not told or len(told) < len(lines):
            return math.nan
        return sum(map(count, told)) / len(strokes(lines))

    return measure


def cpu(lines: list[Line]) -> float:
    """CPU seconds per 100 keystrokes."""
    count = len(strokes(lines))
    return 100 * sum(line.cpu for line in lines) / count if count else math.nan


def saved(lines: list[Line]) -> float:
    """Keystrokes saved per 100 by a child who accepts each right suggestion as soon as it comes."""
    total = count = skipped = 0
    for stroke in strokes(lines):
        count += 1
        if skipped:
            skipped -= 1
        elif stroke.saved:
            total += stroke.saved
            skipped = stroke.saved + 1
    return 100 * total / count if count else math.nan


def _any(_stroke: Stroke) -> bool:
    return True


def _new(lines: list[Line]) -> list[float]:
    return shown(lines, new=True)


def _all(lines: list[Line]) -> list[float]:
    return shown(lines, new=False)


def _waits(lines: list[Line]) -> list[float]:
    return [stroke.wait_ms for stroke in strokes(lines) if not stroke.along]


METRICS = (
    Metric("wait for ghost text, p50 ms", _percentile_of(_waits, 50)),
    Metric("wait for ghost text, p95 ms", _percentile_of(_waits, 95)),
    Metric("new suggestion, p50 ms", _percentile_of(_new, 50)),
    Metric("new suggestion, p95 ms", _percentile_of(_new, 95)),
    Metric("any suggestion, p50 ms", _percentile_of(_all, 50)),
    Metric("any suggestion, p95 ms", _percentile_of(_all, 95)),
    Metric("keystrokes shown something", _share(lambda s: s.ms is not None, _any), share=True),
    Metric("told there is nothing", _share(lambda s: bool(s.answer) and s.ms is None, _any), True),
    *(Metric(f"pause >= 300 ms: in {ms} ms", _within(ms), share=True) for ms in WITHIN),
    Metric("prompt tokens a keystroke", _tokens(lambda spent: spent.evaluated)),
    Metric("generated tokens a keystroke", _tokens(lambda spent: spent.generated)),
    Metric("CPU s per 100 keystrokes", cpu),
    Metric("keystrokes saved per 100", saved),
)


def rows(ours: list[Line], peer: list[Line] | None, seed: int = 0) -> list[Row]:
    """All metrics; the same lines are drawn for both, so that a ratio is of the same typing."""
    chance = random.Random(seed)
    count = min(len(ours), len(peer)) if peer is not None else len(ours)
    draws = [chance.choices(range(count), k=count) for _ in range(DRAWS)]
    return [_row(metric, ours, peer, draws) for metric in METRICS]


def _row(metric: Metric, ours: list[Line], peer: list[Line] | None, draws: list[list[int]]) -> Row:
    mine = _drawn(metric.measure, ours, draws)
    theirs = _drawn(metric.measure, peer or [], draws)
    ratios = [_divided(one, two) for one, two in zip(mine, theirs, strict=True)]
    first = _interval(metric.measure(ours), mine)
    second = _interval(metric.measure(peer or []), theirs)
    ratio = _interval(_divided(first.value, second.value), ratios)
    return Row(metric.name, metric.share, first, second, ratio)


def _drawn(measure: Measure, lines: list[Line], draws: list[list[int]]) -> list[float]:
    return [measure([lines[index] for index in draw]) if lines else math.nan for draw in draws]


def _divided(value: float, by: float) -> float:
    return value / by if by else math.nan


def _interval(value: float, drawn: list[float]) -> Interval:
    known = [each for each in drawn if not math.isnan(each)]
    return Interval(value, percentile(known, 2.5), percentile(known, 97.5))


def figures(rows: list[Row], lines: list[Line]) -> list[Figure]:
    """All metrics for the results: ours, the peer's, and the ratio."""
    found = []
    for row in rows:
        name, _, last = row.name.rpartition(" ")
        name, unit = (name, last) if last == "ms" else (row.name, "%" if row.share else "")
        n = len(strokes(lines))
        found.append(figure(name, row.ours, n, unit))
        if not math.isnan(row.peer.value):
            found.append(figure(name, row.peer, n, unit, PEER))
            found.append(figure(name, row.ratio, n, "x", "ratio"))
    return found


def latency(ours: list[Line], peer: list[Line] | None) -> list[Series]:
    """How many of the waits for ghost text were over after so many milliseconds."""
    percents = [float(each) for each in range(1, 100)]
    return [
        Series(
            "latency", name, [round(percentile(_waits(lines), p), 1) for p in percents], percents
        )
        for name, lines in ((OURS, ours), (PEER, peer))
        if lines
    ]
