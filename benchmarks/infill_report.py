"""What `python -m benchmarks.infill` prints."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from benchmarks import stats
from benchmarks.infill_losses import Loss
from benchmarks.infill_results import Judged, Results, Side, best_way
from benchmarks.stats import Interval

_EVERY = 5


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Count on stderr what was done of each part."""
    done: Counter[str] = Counter()

    def step(what: str) -> None:
        done[what] += 1
        if done[what] % _EVERY == 0:
            text = ", ".join(f"{name} {count}" for name, count in done.items())
            print(f"\r{text}", end="", file=sys.stderr, flush=True)

    yield step
    print(file=sys.stderr)


def report(title: str, results: Results, seed: int) -> str:
    """All tables."""
    best = best_way(results.raw)
    parts = [f"{title}, {len(results.rows)} holes\nThe raw model is best {best}."]
    parts.append(_sides(results))
    for name, side in results.ours.items():
        parts.append(_differences(name, side, results.raw[best], seed))
    parts += [judged(name, found) for name, found in results.shown.items() if found]
    if results.losses:
        parts.append(losses(results.losses))
    return "\n\n".join(parts)


def _sides(results: Results) -> str:
    rows = [(f"raw, {way}", side) for way, side in results.raw.items()]
    rows += [(f"ours, {name}", side) for name, side in results.ours.items()]
    lines = [f"{'':46}{'passes':>22}{'exact match':>22}{'nothing':>9}"]
    for name, side in rows:
        passes, exact = _share(side.passed), _share(side.exact)
        nothing = f"{sum(not line for line in side.lines) / len(side.lines):.0%}"
        lines.append(f"{name:46}{passes:>22}{exact:>22}{nothing:>9}")
    return "\n".join(lines)


def _share(yes: Sequence[bool]) -> str:
    return _points(stats.wilson(sum(yes), len(yes)))


def _points(found: Interval) -> str:
    return f"{found.value * 100:.1f} % [{found.low * 100:.1f}, {found.high * 100:.1f}]"


def _differences(name: str, mine: Side, raw: Side, seed: int) -> str:
    def points(ours: Sequence[bool], theirs: Sequence[bool]) -> str:
        found = stats.difference(list(map(float, ours)), list(map(float, theirs)), seed=seed)
        won = sum(one and not two for one, two in zip(ours, theirs, strict=True))
        lost = sum(two and not one for one, two in zip(ours, theirs, strict=True))
        values = [f"{each * 100:+.1f}" for each in (found.value, found.low, found.high)]
        return f"{values[0]} points [{values[1]}, {values[2]}] ({won} won, {lost} lost)"

    return (
        f"ours, {name}, less the raw model's best: passes {points(mine.passed, raw.passed)}, "
        f"exact match {points(mine.exact, raw.exact)}"
    )


def judged(name: str, found: Sequence[Judged]) -> str:
    """The judge's count, and each suggestion that it finds fault with."""
    verdicts = [
        (each, text, verdict)
        for each in found
        for text, verdict in zip(each.shown.texts, each.verdicts, strict=True)
    ]
    places = sum(bool(each.shown.texts) for each in found)
    broken = sum(bool(verdict.error) for _, _, verdict in verdicts)
    names = sum(bool(verdict.undefined) for _, _, verdict in verdicts)
    left = sum(bool(verdict.left) for _, _, verdict in verdicts)
    first = f"Shown ({name}): {len(verdicts)} suggestions at {places} of {len(found)} places; "
    counts = f"{broken} do not parse, {names} have an undefined name; "
    lines = [f"{first}{counts}{left} leave a name below undefined."]
    for each, text, verdict in verdicts:
        if verdict.error or verdict.undefined:
            fault = verdict.error or f"undefined: {', '.join(verdict.undefined)}"
            lines.append(f"  {each.name}: {fault}")
            lines.append(f"    {each.shown.before.rpartition(chr(10))[2]!r} + {text!r}")
    return "\n".join(lines)


def losses(found: Sequence[Loss]) -> str:
    """What the raw model gets right and ours does not, by the step that lost it."""
    count = Counter(loss.step for loss in found)
    lines = [f"Losses: {len(found)} ({', '.join(f'{n} by {s}' for s, n in count.most_common())})"]
    for loss in sorted(found, key=lambda loss: loss.step):
        lines += [
            f"  {loss.row}: {loss.step}",
            f"    truth  {loss.truth!r}",
            f"    raw    {loss.raw!r}",
            f"    shown  {loss.shown!r}",
        ]
        if loss.wrote:
            lines.append(f"    wrote  {loss.wrote!r}")
            lines.append(f"    read   {loss.kept!r}, checked {loss.checked!r}")
        lines += [f"    {name:14} {line!r}" for name, line in (loss.prompts or {}).items()]
    return "\n".join(lines)
