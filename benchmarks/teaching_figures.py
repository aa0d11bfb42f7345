"""What `python -m benchmarks.teaching` keeps of its answers: shares and medians."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from benchmarks import stats
from benchmarks.results import Figure, count, figure
from benchmarks.teaching_mistakes import Judged
from benchmarks.teaching_said import Said


class Answers(TypedDict):
    """All that was said."""

    novice: list[Judged]
    slips: list[Judged]
    alarms: dict[str, dict[str, int]]
    """Marks by kind, in each set of programs."""
    said: list[Said]


def figures(found: Answers, seed: int) -> list[Figure]:
    """The tables' figures for the results."""
    told: list[Figure] = []
    for title, rows in (("beginners' programs", found["novice"]), ("slips", found["slips"])):
        table, n = f"mistakes: {title}", len(rows)
        for name, yes in (
            ("the right cause", [each.cause for each in rows]),
            ("the right line", [each.line for each in rows]),
        ):
            told.append(figure(name, stats.wilson(sum(yes), n), n, "%", table=table))
        told.append(_median("reading grade", [each.grade for each in rows], seed, "", table))
        told.append(_median("words", [float(each.words) for each in rows], seed, "", table))
        told.append(_median("time", [each.ms for each in rows], seed, "ms", table))
    for name, counts in found["alarms"].items():
        marks = sum(counts[key] for key in ("error", "warning", "hint"))
        table = "marks in programs that run"
        told.append(count(name, marks, counts["programs"], table=table))
    for layer in dict.fromkeys(each.layer for each in found["said"]):
        lines = [each for each in found["said"] if each.layer == layer]
        texts, n = [each for each in lines if each.text], len(lines)
        table = f"a line explained: {layer}"
        told.append(figure("said something", stats.wilson(len(texts), n), n, "%", table=table))
        told.append(_median("reading grade", [each.grade for each in texts], seed, "", table))
        told.append(_median("words", [float(each.words) for each in texts], seed, "", table))
        most = max((each.words for each in texts), default=0)
        told.append(count("words, most", most, len(texts), table=table))
        told += [_time(part, [each.ms for each in lines], seed, table) for part in (50, 95)]
        if "model" in layer:
            odd = sum(bool(each.strange) for each in texts)
            name = "names what is not there"
            told.append(figure(name, stats.wilson(odd, len(texts)), len(texts), "%", table=table))
    return told


def _median(name: str, values: Sequence[float], seed: int, unit: str, table: str) -> Figure:
    found = stats.bootstrap(values, stats.median, seed=seed)
    return figure(f"{name}, median", found, len(values), unit, table=table)


def _time(part: int, values: Sequence[float], seed: int, table: str) -> Figure:
    found = stats.bootstrap(values, lambda some: stats.percentile(some, part), seed=seed)
    return figure(f"time, p{part}", found, len(values), "ms", table=table)
