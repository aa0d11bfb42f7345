"""The panel's figures: shares with intervals, differences from greedy, tokens; table and plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import stats
from benchmarks.plot import COLOURS, WIDTH, svg, text
from benchmarks.results import Figure, count, figure
from benchmarks.stats import Interval

_HEIGHT, _MARGIN = 400, 60


@dataclass(frozen=True)
class Line:
    """One way to answer, on all rows that have enough answers."""

    name: str
    size: int
    passed: list[float]
    tokens: list[float]
    greedy: list[float]
    """Whether the greedy answer to the same rows passed."""
    greedy_tokens: list[float]
    steps: list[float]
    """Time, reckoned; see `panel_votes.steps`. A greedy answer's is its tokens."""
    greedy_steps: list[float]

    @property
    def share(self) -> Interval:
        """Of rows that pass. A single sample's are means over several, hence the bootstrap."""
        if all(value in (0.0, 1.0) for value in self.passed):
            return stats.wilson(int(sum(self.passed)), len(self.passed))
        return stats.bootstrap(self.passed)

    @property
    def gain(self) -> Interval:
        """More than greedy, on the same rows."""
        return stats.difference(self.passed, self.greedy)

    @property
    def cost(self) -> float:
        """Tokens, over those of the greedy answers."""
        return sum(self.tokens) / max(1.0, sum(self.greedy_tokens))

    @property
    def time(self) -> float:
        """Time as it is reckoned, over that of the greedy answers."""
        return sum(self.steps) / max(1.0, sum(self.greedy_steps))


def table(lines: Sequence[Line], other: str = "greedy") -> str:
    """All lines as a table in Markdown, beside what they are compared with."""
    head = f"| panel of | vote | rows | pass@1 | points more than {other} | tokens, x {other} "
    rows = [f"{head}| time, reckoned, x {other} |", "|---|---|---|---|---|---|---|"]
    for line in lines:
        share, gain = line.share, line.gain
        rows.append(
            f"| {line.size} | {line.name} | {len(line.passed)} | {percent(share)} | "
            f"{percent(gain, '+.1f')} | {line.cost:.2f} | {line.time:.2f} |"
        )
    return "\n".join(rows)


def percent(found: Interval, style: str = ".1f") -> str:
    """A share and its interval, in per cent."""
    low, high = (format(100 * value, style) for value in (found.low, found.high))
    return f"{format(100 * found.value, style)} [{low}, {high}]"


def plot(lines: Sequence[Line], title: str) -> str:
    """pass@1 by the size of the panel, a curve for each vote, as SVG. Only what was asked on all
    rows: other rows are harder or easier.
    """
    most = max(len(line.passed) for line in lines)
    lines = [line for line in lines if len(line.passed) == most]
    names = list(dict.fromkeys(line.name for line in lines))
    sizes = sorted({line.size for line in lines})
    shares = [100 * line.share.value for line in lines]
    low, high = min(shares) // 5 * 5, (max(shares) // 5 + 1) * 5
    across, down = WIDTH - 4 * _MARGIN, _HEIGHT - 2 * _MARGIN

    def place(size: int, share: float) -> tuple[float, float]:
        span = max(1, sizes[-1] - sizes[0])
        x = _MARGIN + across * (size - sizes[0]) / span
        return x, _MARGIN + down * (high - 100 * share) / (high - low)

    parts = [text(_MARGIN, 30, title, 14)]
    for size in sizes:
        x, _ = place(size, low / 100)
        parts.append(text(x, _HEIGHT - _MARGIN + 20, str(size), anchor="middle"))
    for step in range(int(low), int(high) + 1, 5):
        _, y = place(sizes[0], step / 100)
        parts.append(f'<path d="M{_MARGIN} {y:.1f}h{across}" stroke="#ddd"/>')
        parts.append(text(_MARGIN - 8, y + 4, f"{step} %", anchor="end"))
    for number, name in enumerate(names):
        colour = COLOURS[number % len(COLOURS)]
        points = [place(line.size, line.share.value) for line in lines if line.name == name]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        parts.append(text(WIDTH - 3 * _MARGIN + 15, _MARGIN + 20 * number, name, 12, colour))
    parts.append(text(_MARGIN, _HEIGHT - 12, "answers in the panel; pass@1"))
    return svg(_HEIGHT, title, parts)


def figures(lines: Sequence[Line]) -> list[Figure]:
    """All lines for the results: what passes, what that is more than greedy, and what it costs."""
    found = []
    for line in lines:
        name, n = f"{line.name}, {line.size}", len(line.passed)
        found.append(figure(name, line.share, n, "%", "passes"))
        found.append(figure(name, line.gain, n, "points", "more than greedy"))
        found.append(count(name, line.cost, n, "x", of="tokens, x greedy"))
    return found
